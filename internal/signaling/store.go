package signaling

import (
	"context"
	"encoding/json"
	"time"
)

// A Store remembers connections and rooms. Every method is one atomic operation. Time is the
// event's: what has expired by then is as if it were not there, whether or not it has been deleted
// yet.
type Store interface {
	ConnectionStore
	RoomStore
	MailStore
	LobbyStore
}

// A ConnectionStore remembers who is connected, and what is noted with each: the rooms above all.
type ConnectionStore interface {
	// Connect remembers an open connection.
	Connect(ctx context.Context, c Connection) error
	// Connection returns an open connection. A read that is not consistent may miss one that opened
	// a moment ago and costs half. It fails with ErrGone when the connection is not remembered (any
	// more).
	Connection(ctx context.Context, conn ConnID, consistent bool) (Connection, error)
	// Disconnect forgets a connection and returns it as it was, so that what is noted with it can be
	// undone. Forgetting what is not there is no error and returns the zero Connection.
	Disconnect(ctx context.Context, conn ConnID) (Connection, error)
	// SetState replaces what its dialect remembers of a connection. It fails with ErrGone, and with
	// ErrChanged unless the state is as was says: of two who change it at once, one gets through.
	SetState(ctx context.Context, conn ConnID, was, state string) error
	// SetRights replaces what a connection may do. It fails with ErrGone.
	SetRights(ctx context.Context, conn ConnID, rights *Rights) error
	// Enter notes with the connection that it is in the room as name, or waits for it as the mark
	// of name; what it noted before for that room is replaced. It fails with ErrGone when the
	// connection is not remembered any more, and, changing nothing, with ErrTooManyJoins or
	// ErrTooManyRooms when the quota is used up. Where joins have no limit, they are not counted.
	// It returns whether the room was noted before.
	Enter(ctx context.Context, conn ConnID, room RoomID, name PeerName, q Quota, now time.Time) (noted bool, err error)
	// Exit undoes Enter and returns the name, and in how many rooms the connection is left, also
	// when it fails with ErrNotInRoom.
	Exit(ctx context.Context, conn ConnID, room RoomID) (name PeerName, left int, err error)
	// Debit puts off by so much when the connection is even with its rate, which is now at the
	// earliest, and returns when that is. It fails with ErrGone.
	Debit(ctx context.Context, conn ConnID, by time.Duration, now time.Time) (even time.Time, err error)
}

// A RoomStore remembers the roster of each room, the seats of lost peers among it.
type RoomStore interface {
	// Room reads a room. A read that is not consistent may miss what was written a moment ago and
	// costs half. A room that is not there is empty, at revision 0.
	Room(ctx context.Context, id RoomID, now time.Time, consistent bool) (Room, error)
	// AddPeer adds p while its name is free, its connection is not in the room yet, the room has a
	// free seat and is not locked, and the terms are met, and returns the room with it. A lock ends
	// with the last peer, and so does the number of seats, which is what the terms say if p opens
	// the room. When it fails with ErrRefused it returns the room that refused.
	AddPeer(ctx context.Context, id RoomID, p Peer, terms Terms, now time.Time) (Room, error)
	// RemovePeer removes the peer of that name while it is on conn, and returns the room without
	// it. It fails with ErrNoPeer.
	RemovePeer(ctx context.Context, id RoomID, name PeerName, conn ConnID, now time.Time) (Room, error)
	// SetData replaces the former data of the peer of that name while it is on conn, and returns the
	// room with it. Empty data are none. It fails with ErrNoPeer, also if the peer has other data.
	SetData(ctx context.Context, id RoomID, name PeerName, conn ConnID, data, former json.RawMessage, now time.Time) (Room, error)
	// Touch changes nothing but the revision while the peer of that name is on conn, and returns the
	// room: so that what a write did that was not answered can be told under a revision of its own.
	// It fails with ErrNoPeer.
	Touch(ctx context.Context, id RoomID, name PeerName, conn ConnID, now time.Time) (Room, error)
	// SetLocked locks or unlocks the room while the peer of that name is on conn, and returns the
	// room. It fails with ErrNoPeer.
	SetLocked(ctx context.Context, id RoomID, name PeerName, conn ConnID, locked bool, now time.Time) (Room, error)
	// MarkLost notes that the peer of that name has lost its socket and keeps its seat until a
	// time, while it is on conn and not lost yet, and returns the room. It fails with ErrNoPeer: of
	// all who notice one loss, one gets through.
	MarkLost(ctx context.Context, id RoomID, name PeerName, conn ConnID, until, now time.Time) (Room, error)
	// Resume moves the seat of the peer p.Name from old.Conn, where it is lost or not as old is, to
	// p.Conn, with p's dialect, role, and data unless that is nil, busy and of that loss as p is,
	// and returns the room. It fails with ErrNoPeer, and the room, when the seat is not as old any
	// more, was kept no longer, or p.Conn has another seat in the room.
	Resume(ctx context.Context, id RoomID, p, old Peer, now time.Time) (Room, error)
	// Restore undoes a Resume: the seat of p.Name on p.Conn is as old is, but not busy. It fails
	// with ErrNoPeer when the seat is not on p.Conn, or lost there.
	Restore(ctx context.Context, id RoomID, p, old Peer, now time.Time) (Room, error)
	// Prune removes peers whose seats are kept no longer, and forgets stale connections. It fails
	// with ErrNoPeer, and removes none, if any of the peers is not lost as it was.
	Prune(ctx context.Context, id RoomID, expired []Peer, stale []ConnID, now time.Time) (Room, error)
}

// A MailStore keeps what waits for lost peers, and who is just getting it.
type MailStore interface {
	// SetBusy changes until when the peer of that name on conn is busy with its mail; a zero until
	// ends it. It fails with ErrNoPeer unless the peer is busy as was says: of two who take over
	// from one that died, one gets through.
	SetBusy(ctx context.Context, id RoomID, name PeerName, conn ConnID, was, until, now time.Time) error
	// KeepMail adds a message to a mailbox, behind what earlier losses of the seat have left there.
	// It fails with ErrRefused when more than MaxMail messages or MaxMailBytes would wait, and with
	// ErrNoPeer when the box is closed or a later one has ended it.
	KeepMail(ctx context.Context, id RoomID, box Mailbox, mail Mail, now time.Time) error
	// CloseMail closes a mailbox, and returns what waits in it, as often as it is asked until
	// ClearMail. It fails with ErrNoPeer when a later box has ended it.
	CloseMail(ctx context.Context, id RoomID, box Mailbox, now time.Time) ([]Mail, error)
	// ClearMail forgets the first messages of a closed mailbox, or of the later one that took them
	// over, unless somebody has read that too. That they are not there (any more) is no error.
	ClearMail(ctx context.Context, id RoomID, box Mailbox, first []Mail, now time.Time) error
}

// A LobbyStore remembers who waits to be let into a room.
type LobbyStore interface {
	// AddKnock lets w wait for the room, at whose door that is, while its name is free in the room,
	// its connection is not in it and neither its name nor every place, of MaxWaiting, is taken by
	// others who wait, and returns the room. What w waits as already is replaced. It changes no
	// revision. When it fails with ErrRefused it returns the room that refused.
	AddKnock(ctx context.Context, id RoomID, w Waiting, door Door, now time.Time) (Room, error)
	// EndKnock ends the waiting of that name while it is on conn, and returns the room. It fails
	// with ErrNoPeer, and the room.
	EndKnock(ctx context.Context, id RoomID, name PeerName, conn ConnID, now time.Time) (Room, error)
}
