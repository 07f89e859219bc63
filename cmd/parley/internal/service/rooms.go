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
}

// roomItem is the sort key of a room's roster.
const roomItem = "room"

// ErrNoRoom and ErrNoPeer say what is not there.
var (
	ErrNoRoom = errors.New("there is no such room")
	ErrNoPeer = errors.New("there is no such peer in the room")
)

// Rooms returns the rooms that somebody is in, by name. It reads the whole table, which costs a read unit for each 8 KB.
func (s *Service) Rooms(ctx context.Context) ([]Room, error) {
	var list []Room
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
			if r := decode(item); len(r.Peers) > 0 {
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

// Kick tells a peer that it is kicked and closes its connection; $disconnect then frees the seat and tells the others.
// The peer is told nothing if its connection is gone already.
func (s *Service) Kick(ctx context.Context, room, peer, reason string) error {
	r, err := s.Room(ctx, room)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(r.Peers, func(p Peer) bool { return p.Name == peer })
	if i < 0 {
		return ErrNoPeer
	}
	frame := map[string]string{"type": "kicked", "room": room, "by": "operator"}
	if reason != "" {
		frame["reason"] = reason
	}
	raw, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	id := r.Peers[i].Connection
	if _, err := s.api.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: &id, Data: raw}); err != nil && !isGone(err) {
		return fmt.Errorf("tell the peer: %w", err)
	}
	if _, err := s.api.DeleteConnection(ctx, &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: &id}); err != nil && !isGone(err) {
		return fmt.Errorf("close the connection: %w", err)
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
				name, text(entry.Value["connection"]), text(entry.Value["dialect"]), text(entry.Value["role"]), time.UnixMilli(number(entry.Value["joined"])).UTC(),
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

func number(v types.AttributeValue) int64 {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		i, _ := strconv.ParseInt(n.Value, 10, 64)
		return i
	}
	return 0
}
