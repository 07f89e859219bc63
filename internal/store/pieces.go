package store

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

var _ socketio.Store = (*Store)(nil)

// pieces is one call's writes of the item in which a connection's pieces are. It may send some for
// two hours, so the keys of the writes are in one attribute for each few seconds, of which those of
// before go: by then nobody repeats a write.
type pieces struct {
	*Store
	place item
	key   string
	now   time.Time
	turn  int64
}

const (
	keysTime  = 8 * time.Second
	keysTurns = 4 // so that an event that comes late does not take away the keys of now
)

func (s *Store) pieces(conn signaling.ConnID, now time.Time) pieces {
	turn := now.UnixMilli() / keysTime.Milliseconds()
	return pieces{s, keptFor(conn, "pieces"), newKey(), now, turn}
}

// keys is the attribute of this turn's keys, or of one after it.
func (w pieces) keys(after int64) string { return fmt.Sprint("keys", (w.turn+after)%keysTurns) }

// write makes an update whose expression has yet to say which earlier keys go.
func (w pieces) write(ctx context.Context, update, condition string, values item) (item, error) {
	update += ", #" + w.keys(0) + " :keys REMOVE #" + w.keys(2)
	return w.happens(ctx, update, condition, values)
}

func (w pieces) happens(ctx context.Context, update, condition string, values item) (item, error) {
	values[":one"] = num(1)
	return w.keyed(ctx, w.keys(0), w.key, &dynamodb.UpdateItemInput{
		Key: w.place, UpdateExpression: &update, ConditionExpression: &condition, ExpressionAttributeValues: values,
	})
}

// AddPiece implements socketio.Store with one conditional UpdateItem, and a second one where pieces
// have expired or are too many: one unit for each KB that is kept then.
func (s *Store) AddPiece(
	ctx context.Context, conn signaling.ConnID, p socketio.Piece, until, now time.Time,
) ([]socketio.Piece, int64, error) {
	w := s.pieces(conn, now)
	var err error
	for range addTries {
		var it item
		it, err = w.add(ctx, p, until)
		if _, failed := conditionFailed(err); failed {
			if intOf(it["until"]) > now.UnixMilli() {
				if err = w.forget(ctx, intOf(it["rev"])); err == nil {
					return nil, 0, socketio.ErrFull
				}
			} else {
				it, err = w.begin(ctx, p, until)
			}
		}
		if err == nil {
			return decodePieces(it["pieces"]), intOf(it["rev"]), nil
		}
		if _, failed := conditionFailed(err); !failed {
			break
		}
	}
	return nil, 0, wrap("keep a piece of a binary event", err)
}

const setPiece = "SET #v = :v, #until = :until, #expires = :expires, "

func pieceValues(p socketio.Piece, until time.Time) item {
	return item{
		":piece": encodePieces([]socketio.Piece{p}), ":bytes": num(int64(p.Size())),
		":until": num(until.UnixMilli()), ":expires": num(until.Add(keptSlack).Unix()),
	}
}

func (w pieces) add(ctx context.Context, p socketio.Piece, until time.Time) (item, error) {
	values := pieceValues(p, until)
	values[":none"], values[":left"] = encodePieces(nil), num(int64(socketio.MaxPieces-p.Size()))
	values[":now"] = num(w.now.UnixMilli())
	return w.write(ctx,
		setPiece+"#pieces = list_append(if_not_exists(#pieces, :none), :piece) ADD #bytes :bytes, #rev :one",
		"attribute_not_exists(#until) OR #until > :now AND #bytes <= :left", values)
}

// begin adds a piece where those before have expired.
func (w pieces) begin(ctx context.Context, p socketio.Piece, until time.Time) (item, error) {
	values := pieceValues(p, until)
	values[":now"] = num(w.now.UnixMilli())
	update := setPiece + "#pieces = :piece, #bytes = :bytes, #" + w.keys(0) + " = :keys ADD #rev :one REMOVE #" +
		w.keys(1) + ", #" + w.keys(2) + ", #" + w.keys(3)
	return w.happens(ctx, update, "#until <= :now", values)
}

// forget takes away all pieces of that revision.
func (w pieces) forget(ctx context.Context, rev int64) error {
	_, err := w.write(ctx, "SET #v = :v, #pieces = :none, #bytes = :zero ADD #rev :one",
		"#rev = :rev", item{":none": encodePieces(nil), ":zero": num(0), ":rev": num(rev)})
	return err
}

// TakePieces implements socketio.Store with one conditional UpdateItem: one unit for each KB that was
// kept.
func (s *Store) TakePieces(
	ctx context.Context, conn signaling.ConnID, rev int64, rest []socketio.Piece, now time.Time,
) error {
	size := 0
	for _, p := range rest {
		size += p.Size()
	}
	_, err := s.pieces(conn, now).write(ctx,
		"SET #v = :v, #pieces = :rest, #bytes = :bytes ADD #rev :one",
		"#rev = :rev AND #until > :now", item{
			":rest": encodePieces(rest), ":bytes": num(int64(size)), ":rev": num(rev), ":now": num(now.UnixMilli()),
		})
	if _, failed := conditionFailed(err); failed {
		return signaling.ErrChanged
	}
	return wrap("take the pieces of a binary event", err)
}

func encodePieces(list []socketio.Piece) types.AttributeValue {
	values := make([]types.AttributeValue, len(list))
	for i, p := range list {
		values[i] = &types.AttributeValueMemberM{Value: item{"at": num(p.At.UnixMilli()), "frame": str(p.Frame)}}
	}
	return &types.AttributeValueMemberL{Value: values}
}

func decodePieces(v types.AttributeValue) []socketio.Piece {
	list, _ := v.(*types.AttributeValueMemberL)
	if list == nil {
		return nil
	}
	pieces := make([]socketio.Piece, len(list.Value))
	for i, v := range list.Value {
		one := mapOf(v)
		pieces[i] = socketio.Piece{At: time.UnixMilli(intOf(one["at"])).UTC(), Frame: stringOf(one["frame"])}
	}
	return pieces
}
