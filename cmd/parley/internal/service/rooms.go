package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	gone "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Room is one with its peers.
type Room struct {
	Name    string    `json:"room"`
	Rev     int64     `json:"rev"`
	Locked  bool      `json:"locked"`
	Expires time.Time `json:"expires"`
	Peers   []Peer    `json:"peers"` // in join order
}

// Peer is a seat.
type Peer struct {
	Name       string    `json:"peer"`
	Connection string    `json:"connection"`
	Dialect    string    `json:"dialect"`
	Role       string    `json:"role,omitempty"`
	Joined     time.Time `json:"joined"`
	Lost       time.Time `json:"lost,omitzero"` // until when its seat is kept, if its connection was lost
}

// Away counts the peers whose connection was lost, and whose seat may still be kept.
func (r Room) Away() int {
	n := 0
	for _, p := range r.Peers {
		if !p.Lost.IsZero() {
			n++
		}
	}
	return n
}

// roomItem is the sort key of a room's roster.
const roomItem = "room"

// ErrNoRoom and ErrNoPeer say what is not there.
var (
	ErrNoRoom = errors.New("there is no such room")
	ErrNoPeer = errors.New("there is no such peer in the room")
)

// Rooms returns the rooms that somebody is in, or may come back to, by name. It reads the whole table,
// which costs a read unit for each 8 KB.
func (s *Service) Rooms(ctx context.Context) ([]Room, error) {
	var list []Room
	now := time.Now()
	pages := dynamodb.NewScanPaginator(s.db, &dynamodb.ScanInput{TableName: &s.rooms})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the rooms: %w", err)
		}
		for _, item := range page.Items {
			if text(item["item"]) != roomItem {
				continue
			}
			r := decode(item)
			if slices.ContainsFunc(r.Peers, func(p Peer) bool { return p.Lost.IsZero() || p.Lost.After(now) }) {
				list = append(list, r)
			}
		}
	}
	slices.SortFunc(list, func(a, b Room) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Room returns one, or ErrNoRoom.
func (s *Service) Room(ctx context.Context, name string) (Room, error) {
	out, err := s.db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.rooms, ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"room": &types.AttributeValueMemberS{Value: name}, "item": &types.AttributeValueMemberS{Value: roomItem}},
	})
	switch {
	case err != nil:
		return Room{}, fmt.Errorf("read the room: %w", err)
	case out.Item == nil:
		return Room{}, ErrNoRoom
	}
	return decode(out.Item), nil
}

// Kick takes a peer's seat, tells it and the others, and closes its connection if it has no other seat, as a host's kick does. Who cannot be told
// sees the gap in the revisions.
func (s *Service) Kick(ctx context.Context, room, peer, reason string) error {
	r, err := s.Room(ctx, room)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(r.Peers, func(p Peer) bool { return p.Name == peer })
	if i < 0 {
		return ErrNoPeer
	}
	target := r.Peers[i]
	if r, err = s.unseat(ctx, room, target); err != nil {
		return err
	}
	frame := map[string]any{"type": "kicked", "room": room, "by": "operator"}
	if reason != "" {
		frame["reason"] = reason
	}
	elsewhere, err := s.exit(ctx, room, target) // before it hears, and perhaps joins again
	failed := []error{err, s.post(ctx, target, frame)}
	if !elsewhere {
		failed = append(failed, s.close(ctx, target))
	}
	for _, p := range r.Peers {
		failed = append(failed, s.post(ctx, p, map[string]any{"type": "peer-left", "room": room, "rev": r.Rev, "peer": peer, "reason": "kicked"}))
	}
	return errors.Join(failed...)
}

// unseat removes the peer while it is on the connection that it was seen on, and returns the room without it.
func (s *Service) unseat(ctx context.Context, room string, p Peer) (Room, error) {
	out, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.rooms, ReturnValues: types.ReturnValueAllNew,
		Key:                 map[string]types.AttributeValue{"room": &types.AttributeValueMemberS{Value: room}, "item": &types.AttributeValueMemberS{Value: roomItem}},
		UpdateExpression:    aws.String("ADD #rev :one REMOVE #peers.#name DELETE #conns :conns"),
		ConditionExpression: aws.String("#peers.#name.#connection = :conn"),
		ExpressionAttributeNames: map[string]string{
			"#rev": "rev", "#peers": "peers", "#name": p.Name, "#conns": "conns", "#connection": "connection",
		},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":one": &types.AttributeValueMemberN{Value: "1"}, ":conn": &types.AttributeValueMemberS{Value: p.Connection},
			":conns": &types.AttributeValueMemberSS{Value: []string{p.Connection}},
		},
	})
	if _, moved := errors.AsType[*types.ConditionalCheckFailedException](err); moved {
		return Room{}, ErrNoPeer
	}
	if err != nil {
		return Room{}, fmt.Errorf("free the seat: %w", err)
	}
	return decode(out.Attributes), nil
}

// exit takes the room from what is noted with the peer's connection, and reports whether it is in others.
func (s *Service) exit(ctx context.Context, room string, p Peer) (elsewhere bool, err error) {
	out, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.connections, ReturnValues: types.ReturnValueAllNew,
		Key:                                 map[string]types.AttributeValue{"connection": &types.AttributeValueMemberS{Value: p.Connection}},
		UpdateExpression:                    aws.String("REMOVE #rooms.#room"),
		ConditionExpression:                 aws.String("attribute_exists(#rooms.#room)"),
		ExpressionAttributeNames:            map[string]string{"#rooms": "rooms", "#room": room},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		return noted(failed.Item) > 0, nil
	}
	if err != nil {
		return false, fmt.Errorf("take the room from the connection: %w", err)
	}
	return noted(out.Attributes) > 0, nil
}

// noted counts the rooms that are noted with a connection.
func noted(connection map[string]types.AttributeValue) int {
	rooms, ok := connection["rooms"].(*types.AttributeValueMemberM)
	if !ok {
		return 0
	}
	return len(rooms.Value)
}

func (s *Service) close(ctx context.Context, p Peer) error {
	_, err := s.api.DeleteConnection(ctx, &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: &p.Connection})
	if err != nil && !isGone(err) {
		return fmt.Errorf("close the connection: %w", err)
	}
	return nil
}

// post sends a frame to a peer that speaks parley.v1.
func (s *Service) post(ctx context.Context, p Peer, frame map[string]any) error {
	if p.Dialect != "parley.v1" {
		return nil
	}
	raw, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	if _, err := s.api.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: &p.Connection, Data: raw}); err != nil && !isGone(err) {
		return fmt.Errorf("tell %s: %w", p.Name, err)
	}
	return nil
}

func isGone(err error) bool {
	_, ok := errors.AsType[*gone.GoneException](err)
	return ok
}

func decode(item map[string]types.AttributeValue) Room {
	r := Room{Name: text(item["room"]), Rev: number(item["rev"]), Expires: time.Unix(number(item["expires"]), 0).UTC()}
	_, r.Locked = item["locked"]
	if peers, ok := item["peers"].(*types.AttributeValueMemberM); ok {
		for name, v := range peers.Value {
			entry, _ := v.(*types.AttributeValueMemberM)
			if entry == nil {
				continue
			}
			r.Peers = append(r.Peers, Peer{
				Name: name, Connection: text(entry.Value["connection"]),
				Dialect: text(entry.Value["dialect"]), Role: text(entry.Value["role"]),
				Joined: instant(entry.Value["joined"]), Lost: instant(entry.Value["lost"]),
			})
		}
	}
	slices.SortFunc(r.Peers, func(a, b Peer) int { return a.Joined.Compare(b.Joined) })
	return r
}

func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// instant reads milliseconds since 1970, and nothing as the zero time.
func instant(v types.AttributeValue) time.Time {
	if v == nil {
		return time.Time{}
	}
	return time.UnixMilli(number(v)).UTC()
}

func number(v types.AttributeValue) int64 {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		i, _ := strconv.ParseInt(n.Value, 10, 64)
		return i
	}
	return 0
}
