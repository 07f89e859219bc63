package store

import (
	"context"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

// addTries bounds the rounds of AddPeer; each further one means that the room has just been changed, or is one of those that
// need a second look.
const addTries = 4

// AddPeer implements signaling.Store with one conditional UpdateItem. Opening a room takes a second request: an update
// cannot reach into a map that is not there yet and is refused as invalid, before anything is written. And so does what an
// expression cannot see without the names in the room: see join.
func (s *Store) AddPeer(ctx context.Context, id signaling.RoomID, p signaling.Peer, terms signaling.Terms, now time.Time) (signaling.Room, error) {
	j := join{p: p, terms: terms, now: now, key: newKey()}
	var err error
	doubt := false
	for range addTries {
		var out *dynamodb.Output
		out, err = s.update(ctx, j.update(s.rooms, id))
		if err == nil {
			return decodeRoom(id, out.Attributes).At(now), nil
		}
		old, failed := conditionFailed(err)
		doubt = doubt || inDoubt(err)
		switch {
		case failed && !expired(old, now):
			room := decodeRoom(id, old).At(now)
			if mine, seated := room.Named(p.Name); doubt && seated && mine.Conn == p.Conn && mine.Joined.Equal(p.Joined) {
				return s.seatedUnheard(ctx, room, j, stringOf(old["by"]))
			}
			if !j.learn(old, room) {
				return room, signaling.ErrRefused
			}
		case (failed || noMap(err)) && terms.Inhabited:
			return signaling.Room{ID: id}, signaling.ErrRefused
		case failed || noMap(err):
			var room signaling.Room
			room, err = s.openRoom(ctx, id, j, intOf(old["rev"]))
			doubt = doubt || inDoubt(err)
			if _, lost := conditionFailed(err); !lost {
				return room, wrap("open the room", err)
			}
		default:
			return signaling.Room{}, wrap("add the peer", err)
		}
	}
	return signaling.Room{}, wrap("add the peer", err)
}

// seatedUnheard returns the room in which an attempt that was not answered has seated the peer. Once others have changed it
// after that, its revision is theirs, and what they told goes by it.
func (s *Store) seatedUnheard(ctx context.Context, room signaling.Room, j join, by string) (signaling.Room, error) {
	if by == j.key {
		return room, nil
	}
	room, err := s.Touch(ctx, room.ID, j.p.Name, j.p.Conn, j.now)
	return room, wrap("add the peer", err)
}

// A join is one peer on its way into a room. Usually its first attempt decides. Two things an expression cannot find out by
// itself, and a failed one tells: who is in the room, where it is not certain that anybody is, and what an empty room still has
// of when somebody was in it.
type join struct {
	p       signaling.Peer
	terms   signaling.Terms
	now     time.Time
	key     string             // of its attempts, by which the room knows whose write was the last
	witness signaling.PeerName // somebody who is in the room; "" before anybody has been looked for
	anew    bool               // the room is empty, and its number of seats and its lock are those of before
}

// learn takes from a room that refused the peer what the next attempt needs, and reports whether one makes sense.
func (j *join) learn(it item, room signaling.Room) bool {
	_, locked := it["locked"]
	before := *j
	j.witness, j.anew = "", false
	switch empty := len(mapOf(it["peers"])) == 0; {
	case empty:
		j.anew = !j.terms.Inhabited && (room.Seats != j.terms.Seats || locked && j.terms.Passed)
		return j.anew && !before.anew
	case before.anew: // somebody else has opened it meanwhile
		return true
	case before.witness != "":
		_, there := room.Named(before.witness)
		return !there
	case len(room.Peers) > 0 && !someoneIn(it) && (j.terms.Inhabited || room.Seats != j.terms.Seats):
		j.witness = room.Peers[0].Name
		return true
	}
	return false
}

// someoneLives is true only if somebody in the room has a socket. Of the noted connections, those that have moved their seats to
// newer ones hold none.
const someoneLives = "attribute_exists(#conns) AND (attribute_not_exists(#moved) OR size(#conns) > size(#moved))"

// someoneIn is what someoneLives says of an item.
func someoneIn(it item) bool {
	noted, _ := it["conns"].(*types.AttributeValueMemberSS)
	moved, _ := it["moved"].(*types.AttributeValueMemberSS)
	switch {
	case noted == nil:
		return false
	case moved == nil:
		return true
	}
	return len(noted.Value) > len(moved.Value)
}

// update is the next attempt. The number of seats is that of who opened the room, as long as anybody is in it. Equal numbers
// need no look at who is there, so services whose tokens say none never pay for one.
func (j *join) update(table string, id signaling.RoomID) *dynamodb.UpdateItemInput {
	in := &dynamodb.UpdateItemInput{
		TableName: &table,
		Key:       roomKey(id),
		ExpressionAttributeNames: names("#peers", "peers", "#name", string(j.p.Name), "#rev", "rev", "#expires", "expires", "#conns", "conns",
			"#seats", "seats", "#by", "by"),
		ExpressionAttributeValues: item{
			":by":   str(j.key),
			":none": num(0), ":peer": encodePeer(j.p), ":conn": str(string(j.p.Conn)), ":conns": set(j.p.Conn), ":expires": expires(j.now), ":one": num(1),
			":now": num(j.now.Unix()),
		},
		ReturnValues: types.ReturnValueAllNew,
	}
	sets, removes := "SET #peers.#name = :peer, #v = :v, #expires = :expires, #by = :by", ""
	var way string // into the room
	switch {
	case j.anew:
		way = "size(#peers) = :none"
		removes = " REMOVE #locked"
		in.ExpressionAttributeNames["#locked"] = "locked"
		if j.terms.Seats == 0 {
			removes += ", #seats"
		} else {
			sets += ", #seats = :seats"
			in.ExpressionAttributeValues[":seats"] = num(int64(j.terms.Seats))
		}
	case j.terms.Inhabited:
		way = j.beside(in)
	case j.terms.Vacant:
		way = j.first(in)
	default:
		way = "(" + j.first(in) + ") OR (" + j.beside(in) + ")"
	}
	if !j.anew && !j.terms.Passed { // a lock is none once the room is empty, and keeps everybody else out
		removes = " REMOVE #locked"
		in.ExpressionAttributeNames["#locked"] = "locked"
	}
	in.UpdateExpression = aws.String(sets + " ADD #rev :one, #conns :conns" + removes)
	in.ConditionExpression = aws.String("attribute_not_exists(#peers) OR (#expires > :now AND attribute_not_exists(#peers.#name)" +
		" AND NOT contains(#conns, :conn) AND (" + way + "))")
	return in
}

// sameSeats is that the room has, or had when it emptied, the number of seats that the peer brings.
func (j *join) sameSeats(in *dynamodb.UpdateItemInput) string {
	if j.terms.Seats == 0 {
		return "attribute_not_exists(#seats)"
	}
	in.ExpressionAttributeValues[":seats"] = num(int64(j.terms.Seats))
	return "#seats = :seats"
}

// first is the condition on which the peer enters an empty room that needs no other change.
func (j *join) first(in *dynamodb.UpdateItemInput) string {
	condition := "size(#peers) = :none AND " + j.sameSeats(in)
	if j.terms.Passed { // its update leaves a lock as it is
		condition += " AND " + j.unlocked(in)
	}
	return condition
}

// beside is the condition on which the peer enters a room where others are.
func (j *join) beside(in *dynamodb.UpdateItemInput) string {
	in.ExpressionAttributeValues[":default"] = num(int64(j.terms.Default))
	condition := "size(#peers) > :none AND (size(#peers) < #seats OR (attribute_not_exists(#seats) AND size(#peers) < :default))"
	if !j.terms.Passed {
		condition += " AND " + j.unlocked(in)
	}
	somebody := someoneLives
	if j.witness == "" {
		in.ExpressionAttributeNames["#moved"] = "moved"
	} else {
		somebody = "attribute_exists(#peers.#w) AND (attribute_not_exists(#peers.#w.#lost) OR #peers.#w.#lost > :ms)"
		maps.Copy(in.ExpressionAttributeNames, names("#w", string(j.witness), "#lost", "lost"))
		in.ExpressionAttributeValues[":ms"] = num(j.now.UnixMilli())
	}
	if !j.terms.Inhabited {
		somebody = j.sameSeats(in) + " OR (" + somebody + ")"
	}
	return condition + " AND (" + somebody + ")"
}

func (j *join) unlocked(in *dynamodb.UpdateItemInput) string {
	in.ExpressionAttributeNames["#locked"] = "locked"
	return "attribute_not_exists(#locked)"
}

// openRoom puts a room with its first peer where there is none, or one that expired at revision rev.
func (s *Store) openRoom(ctx context.Context, id signaling.RoomID, j join, rev int64) (signaling.Room, error) {
	in := &dynamodb.PutItemInput{
		TableName: &s.rooms,
		Item: item{
			"room": str(string(id)), "item": str("room"),
			"rev": num(rev + 1), "expires": expires(j.now), "by": str(j.key),
			"conns": set(j.p.Conn),
			"peers": &types.AttributeValueMemberM{Value: item{string(j.p.Name): encodePeer(j.p)}},
		},
	}
	if j.terms.Seats > 0 {
		in.Item["seats"] = num(int64(j.terms.Seats))
	}
	if err := s.putOver(ctx, in, rev); err != nil {
		return signaling.Room{}, err
	}
	room := signaling.NewRoom(id, rev+1, []signaling.Peer{j.p})
	room.Seats = j.terms.Seats
	return room, nil
}

// putOver puts a room where there is none, or one that expired at revision rev.
func (s *Store) putOver(ctx context.Context, in *dynamodb.PutItemInput, rev int64) error {
	in.ConditionExpression = aws.String("attribute_not_exists(room)")
	if rev > 0 {
		in.ConditionExpression = aws.String("rev = :rev")
		in.ExpressionAttributeValues = item{":rev": num(rev)}
	}
	return s.put(ctx, in)
}
