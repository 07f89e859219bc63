// Package parley is the Go client of Parley: rooms, who is in them, and signals between their peers
// that come once and in order, whatever happens to connections on either side. It knows nothing of
// WebRTC: bring pion, or nothing at all.
//
//	conn, err := parley.Dial(ctx, "wss://calls.example/prod", nil)
//	if err != nil {
//		return err
//	}
//	defer conn.Close()
//	room, err := conn.Join(ctx, "tea", &parley.JoinOptions{Name: "bot", Data: map[string]string{"likes": "cake"}})
//	if err != nil {
//		return err
//	}
//	defer room.Leave(context.WithoutCancel(ctx))
//	for event := range room.Events(ctx) {
//		switch e := event.(type) {
//		case parley.PeerJoined:
//			room.Post(e.Peer.Name, "welcome")
//		case parley.Signal:
//			fmt.Printf("%s says %s\n", e.From, e.Data)
//		}
//	}
//	return room.Err()
//
// A [Transport] is a WebSocket that comes back when it is lost, and is replaced without a gap
// before API Gateway would end it. A [Room] is a seat: it is taken back under its name, and what
// was under way is sent again. No loss has to be handled; [StateChanged] tells of it. Calls that
// wait end with their context, which has no other part: what a context ended may still be carried
// out.
//
// Events are asked for, by [Room.Events] or [Room.Next], so no callback can block the connection or
// deadlock with it, and methods may be called from within the loop. A consumer that is slow holds
// up nobody: a room keeps at most 1024 events, or 4 MB of data. Signals that find no place do not
// count as received, so their sender, if it is one of our clients, keeps them and sends them again
// when there is room: none is lost, and whoever sends too much sees [ErrQueueFull]. Of other events
// those that find no place are dropped, and one [Lagged] says how many, at that place in the order.
// [Room.Peers] is right in any case. So read events even where you only send, or expect none.
//
// Errors are of type [*Error], with a [Reason] that can be asked for: errors.Is(err,
// parley.ErrRoomFull).
package parley
