// Package directory knows which connections are to be reached under a name: the ids of peers, the
// topics of subscribers, the contacts of a user. It knows no protocol; each has a space of names of
// its own, and equal names in two spaces never meet.
//
// A connection is listed in two writes: the entry under the name, then a note of the name with the
// connection, on condition that the connection still exists. So whichever way its $disconnect falls
// between the two, either that finds the note, or the listing finds the connection gone and takes
// the entry back. Where a function dies between the two, the next push to the entry finds the
// socket gone.
//
// What one connection asks for a name may be handled in any order. Entries carry the time of the
// event that made them, so an unlisting leaves alone what was asked for after it; and notes carry
// the revision of the name, so the second write of an unlisting leaves the note of a listing that
// came between the two.
package directory
