// Package auto is the application half of a Socket.IO server for the first minutes, when nobody has
// written a recipe yet. It goes by rules that were read off many servers of demos:
//
//  1. An event whose name says join joins the room that it names, and tells the app's own ids.
//  2. Who joins is told of it, and who is there.
//  3. The others are told in the style of the event's name, with the arguments of the join.
//  4. An event that names somebody goes there.
//  5. Any other goes to the rooms of its sender.
//  6. An event whose name says leave leaves, and others are told of that in the same style.
//  7. A first event that only one kind of server knows is left, with all that follows, to the recipe
//     that plays that server.
//
// No rule reaches anybody for a socket that is in no room: strangers share a namespace. And no client
// passes for another: what it says of where an event is from is only carried on if it is its own id.
//
// What is to be known later of a socket is in its data: ids, the app's own ones; $j, how it joined;
// $r, the recipe that it is left to.
package auto
