// Package store is signaling.Store on DynamoDB.
//
// Two tables. Connections (key connection) holds dialect, rooms (a map room → name) and expires. Rooms (keys room, item)
// holds the roster of a room in one item, item "room": rev, peers (a map name → entry), conns (the set
// of their connections, by which one update refuses a second seat to a connection) and expires. An entry is a map of
// connection, dialect, joined (epoch ms) and data, near 90 bytes beside its data, so ten peers fit the 1 KB of one unit.
//
// Beside the roster are items for what waits for a lost peer ("mail#" and its name) and for what a project's own actions keep
// ("x#" and a name).
//
// Every method is one conditional write or one read: there is no transaction, no query and no counter that can drift.
// expires is the tables' time to live in epoch seconds; DynamoDB deletes late, so what has expired is ignored here.
package store
