package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

// MarkLost implements signaling.Store with one conditional UpdateItem.
func (s *Store) MarkLost(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, until, now time.Time) (signaling.Room, error) {
	return s.change(ctx, id, name, conn, &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String("SET #expires = :expires, #v = :v, #peers.#name.#lost = :until, #peers.#name.#loss = #rev + :one ADD #rev :one DELETE #conns :conns"),
		ConditionExpression:       aws.String("attribute_not_exists(#peers.#name.#lost)"),
		ExpressionAttributeNames:  names("#lost", "lost", "#loss", "loss", "#conns", "conns"),
		ExpressionAttributeValues: item{":conns": set(conn), ":until": num(until.UnixMilli())},
	}, now)
}

// Resume implements signaling.Store with one conditional UpdateItem. An update cannot add to a set and delete from it, so
// the old connection of a peer that was not lost stays noted: see signaling.Room.Stale.
func (s *Store) Resume(ctx context.Context, id signaling.RoomID, p, old signaling.Peer, now time.Time) (signaling.Room, error) {
	sets := "SET #expires = :expires, #v = :v, #peers.#name.#connection = :new, #peers.#name.#dialect = :dialect"
	remove := "REMOVE #peers.#name.#lost"
	condition := "#expires > :now AND #peers.#name.#connection = :old AND (attribute_not_exists(#peers.#name.#lost) OR #peers.#name.#lost > :ms)"
	// As lost as the caller saw it: another loss has another mailbox.
	if old.Lost.IsZero() {
		condition += " AND attribute_not_exists(#peers.#name.#lost)"
	} else if old.Loss != 0 {
		condition += " AND #peers.#name.#loss = :was"
	}
	values := item{
		":new": str(string(p.Conn)), ":old": str(string(old.Conn)), ":dialect": str(p.Dialect), ":conns": set(p.Conn),
		":ms": num(now.UnixMilli()),
	}
	attributes := names("#peers", "peers", "#name", string(p.Name), "#connection", "connection", "#dialect", "dialect",
		"#lost", "lost", "#loss", "loss", "#conns", "conns", "#role", "role", "#busy", "busy")
	moved := ""
	if p.Conn != old.Conn && old.Lost.IsZero() {
		moved = ", #moved :moved"
		attributes["#moved"], values[":moved"] = "moved", set(old.Conn)
	}
	if p.Conn != old.Conn {
		condition += " AND NOT contains(#conns, :new)"
	}
	if !old.Lost.IsZero() && old.Loss != 0 {
		values[":was"] = num(old.Loss)
	}
	if p.Busy.IsZero() {
		remove += ", #peers.#name.#busy, #peers.#name.#loss"
	} else {
		sets += ", #peers.#name.#busy = :busy, #peers.#name.#loss = :loss"
		values[":busy"], values[":loss"] = num(p.Busy.UnixMilli()), num(p.Loss)
	}
	if p.Role == "" {
		remove += ", #peers.#name.#role"
	} else {
		sets += ", #peers.#name.#role = :role"
		values[":role"] = str(string(p.Role))
	}
	if p.Data != nil {
		sets += ", #peers.#name.#data = :data"
		values[":data"] = str(string(p.Data))
		attributes["#data"] = "data"
	}
	return s.guarded(ctx, id, &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String(sets + " " + remove + " ADD #rev :one, #conns :conns" + moved),
		ConditionExpression:       &condition,
		ExpressionAttributeNames:  attributes,
		ExpressionAttributeValues: values,
	}, now)
}

// Restore implements signaling.Store with one conditional UpdateItem.
func (s *Store) Restore(ctx context.Context, id signaling.RoomID, p, old signaling.Peer, now time.Time) (signaling.Room, error) {
	return s.change(ctx, id, p.Name, p.Conn, &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String("SET #expires = :expires, #v = :v, #peers.#name = :peer ADD #rev :one DELETE #conns :conns, #moved :moved"),
		ConditionExpression:       aws.String("attribute_not_exists(#peers.#name.#lost)"),
		ExpressionAttributeNames:  names("#lost", "lost", "#conns", "conns", "#moved", "moved"),
		ExpressionAttributeValues: item{":conns": set(p.Conn), ":moved": set(old.Conn), ":peer": encodePeer(old)},
	}, now)
}

// Prune implements signaling.Store with one conditional UpdateItem.
func (s *Store) Prune(ctx context.Context, id signaling.RoomID, gone []signaling.Peer, stale []signaling.ConnID, now time.Time) (signaling.Room, error) {
	in := &dynamodb.UpdateItemInput{ExpressionAttributeNames: map[string]string{}, ExpressionAttributeValues: item{}}
	conditions := []string{"#expires > :now"}
	var entries []string
	for i, p := range gone {
		name, conn, lost := fmt.Sprintf("#n%d", i), fmt.Sprintf(":c%d", i), fmt.Sprintf(":l%d", i)
		in.ExpressionAttributeNames[name] = string(p.Name)
		in.ExpressionAttributeValues[conn] = str(string(p.Conn))
		in.ExpressionAttributeValues[lost] = num(p.Lost.UnixMilli())
		entries = append(entries, "#peers."+name)
		conditions = append(conditions, fmt.Sprintf("#peers.%s.#connection = %s AND #peers.%s.#lost = %s", name, conn, name, lost))
	}
	update := "SET #expires = :expires, #v = :v ADD #rev :one"
	if len(entries) > 0 {
		update += " REMOVE " + strings.Join(entries, ", ")
		in.ExpressionAttributeNames["#peers"] = "peers"
		in.ExpressionAttributeNames["#connection"] = "connection"
		in.ExpressionAttributeNames["#lost"] = "lost"
	}
	if len(stale) > 0 {
		ids := make([]string, len(stale))
		for i, conn := range stale {
			ids[i] = string(conn)
		}
		update += " DELETE #conns :stale, #moved :stale"
		in.ExpressionAttributeNames["#conns"], in.ExpressionAttributeNames["#moved"] = "conns", "moved"
		in.ExpressionAttributeValues[":stale"] = &types.AttributeValueMemberSS{Value: ids}
	}
	in.UpdateExpression = &update
	in.ConditionExpression = aws.String(strings.Join(conditions, " AND "))
	return s.guarded(ctx, id, in, now)
}

// stale returns the noted connections that hold no seat.
func stale(it item, peers []signaling.Peer) []signaling.ConnID {
	noted, ok := it["conns"].(*types.AttributeValueMemberSS)
	if !ok {
		return nil
	}
	var list []signaling.ConnID
	for _, conn := range noted.Value {
		if !slices.ContainsFunc(peers, func(p signaling.Peer) bool { return p.Conn == signaling.ConnID(conn) }) {
			list = append(list, signaling.ConnID(conn))
		}
	}
	return list
}
