// Package servertest plays an App of Socket.IO with no network: a World of namespaces in memory,
// clients that connect, emit and leave, and a record of who got what in which order.
//
// Nothing in it is left to chance, so that what came of a script can be compared and read: the first
// socket of client a in the main namespace is a, its second a#2, and that in /video a/video; the
// rooms of pairs are pair-1, pair-2. It keeps the bounds that package server states, and what an App
// does not say that it needs does not work, as in a deployed service.
package servertest
