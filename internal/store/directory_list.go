package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

// evictions bounds how many entries one listing removes: an expression of DynamoDB has room for
// that many.
const evictions = 40

// AddEntry implements directory.Store with one conditional UpdateItem. The first of many under a
// name takes a second request, as opening a room does; and so does one that has to make room. Whose
// place is taken, and when that was listed, an expression cannot copy: that takes a reading before,
// of 0.5 RRU. What is amended takes one as well: see amend.
func (s *Store) AddEntry(
	ctx context.Context, name directory.Name, e directory.Entry, t directory.Terms, gone []signaling.ConnID, now time.Time,
) (directory.Listed, error) {
	if t.Rule == directory.Many && t.Amend != nil {
		return s.amend(ctx, name, e, t, gone, now)
	}
	l := &listing{e: e, terms: t, gone: gone, now: now, key: newKey()}
	if l.heir() {
		listed := false
		it, err := s.get(ctx, &dynamodb.GetItemInput{TableName: &s.rooms, Key: nameKey(name)})
		if err == nil {
			err = checkVersion(it)
		}
		if err != nil {
			return directory.Listed{}, wrap("read whose place it is under a name", err)
		}
		if !expired(it, now) {
			own, _, _ := l.look(it)
			listed = l.instead != nil || own != nil && !own.Over(now)
		}
		if l.again() && !listed {
			return directory.Listed{}, directory.ErrNotListed
		}
	} else {
		for _, conn := range gone[:min(len(gone), evictions)] {
			l.evicted = append(l.evicted, directory.Entry{Conn: conn})
		}
	}
	var err error
	for range addTries {
		in := l.update()
		in.TableName, in.Key = &s.rooms, nameKey(name)
		var out *dynamodb.Output
		if out, err = s.update(ctx, in); err == nil {
			return l.listed(living(out.Attributes, now), out.Attributes, intOf(out.Attributes["rev"])+1), nil
		}
		old, failed := conditionFailed(err)
		nobody := noMap(err) || failed && expired(old, now)
		if nobody && l.again() {
			return directory.Listed{}, directory.ErrNotListed
		}
		if nobody {
			in := &dynamodb.PutItemInput{TableName: &s.rooms, Item: l.open(name, intOf(old["rev"]))}
			if err = s.putOver(ctx, in, intOf(old["rev"])); err == nil {
				return l.listed(nil, nil, intOf(old["rev"])+1), nil
			}
			old, failed = conditionFailed(err)
		}
		if !failed {
			break
		}
		if listed, refusal, settled := l.learn(old); settled {
			return listed, refusal
		}
	}
	return directory.Listed{}, wrap("list a connection under a name", err)
}

// A listing is one entry on its way under a name. Usually its first attempt decides; where others
// have to make way of whom an expression knows nothing, a failed one tells who is there.
type listing struct {
	e       directory.Entry
	terms   directory.Terms
	gone    []signaling.ConnID
	now     time.Time
	key     string            // of its attempts, by which the item knows whose write was the last
	evicted []directory.Entry // of Many: whom the next attempt removes; they have to be there
	instead *directory.Entry  // of Many: whose place the next attempt takes; it has to be there
	place   time.Time         // which that is, or the one that an earlier attempt took; zero: the last
}

// heir reports whether it is to take the place of another.
func (l *listing) heir() bool {
	return l.terms.Rule == directory.Many && l.terms.Instead != "" && l.terms.Instead != l.e.Conn
}

// again reports whether only a connection that is listed is to be.
func (l *listing) again() bool { return l.terms.Rule == directory.Many && l.terms.Again }

// entry is what the next attempt writes.
func (l *listing) entry() types.AttributeValue {
	e := l.e
	if !l.place.IsZero() {
		e.Listed = l.place
	}
	return encodeEntry(e)
}

// update is the next attempt. What stood in its place before is kept in the item, for an answer
// that is lost.
func (l *listing) update() *dynamodb.UpdateItemInput {
	in := &dynamodb.UpdateItemInput{
		ExpressionAttributeNames: names("#entries", "entries", "#own", string(l.e.Conn), "#listed", "listed", "#until", "until",
			"#was", "was", "#by", "by", "#rev", "rev", "#expires", "expires"),
		ExpressionAttributeValues: item{
			":by": str(l.key), ":nothing": mapWith("", nil), ":expires": expires(l.now), ":one": num(1),
			":now": num(l.now.Unix()), ":ms": num(l.now.UnixMilli()), ":at": num(l.e.Listed.UnixMilli()),
		},
		ReturnValues: types.ReturnValueAllOld,
	}
	change := l.alone
	if l.terms.Rule == directory.Many {
		change = l.beside
	}
	sets, removes, condition := change(in)
	update := "SET #v = :v, #expires = :expires, #by = :by, " + strings.Join(sets, ", ") + " ADD #rev :one"
	if len(removes) > 0 {
		update += " REMOVE " + strings.Join(removes, ", ")
	}
	in.UpdateExpression = &update
	in.ConditionExpression = aws.String("(" + condition + ") AND (attribute_not_exists(#by) OR #by <> :by)")
	return in
}

// alone is how the entry becomes the only one. Who that is now, an expression cannot know: so the
// claim, its time and the end of an only entry stand beside the map, too.
func (l *listing) alone(in *dynamodb.UpdateItemInput) (sets, removes []string, condition string) {
	in.ExpressionAttributeNames["#claim"] = "claim"
	in.ExpressionAttributeValues[":entries"] = mapWith(string(l.e.Conn), encodeEntry(l.e))
	in.ExpressionAttributeValues[":none"] = num(0)
	sets = []string{"#entries = :entries", "#was = if_not_exists(#entries, :nothing)"}
	ways := []string{
		"attribute_not_exists(#entries)", "#expires <= :now", "size(#entries) = :none", "#until <= :ms",
		"#entries.#own.#listed <= :at",
	}
	if l.e.Claim == "" {
		removes = append(removes, "#claim")
	} else {
		in.ExpressionAttributeNames["#since"] = "since"
		sets = append(sets, "#claim = :claim", "#since = :at")
		ways = append(ways, "(attribute_not_exists(#entries.#own) AND #claim = :claim AND #since <= :at)")
		in.ExpressionAttributeValues[":claim"] = str(l.e.Claim)
	}
	if l.e.Until.IsZero() {
		removes = append(removes, "#until")
	} else {
		sets = append(sets, "#until = :until")
		in.ExpressionAttributeValues[":until"] = num(l.e.Until.UnixMilli())
	}
	if l.terms.Rule == directory.Newest {
		ways = append(ways, "attribute_not_exists(#entries.#own)")
	}
	for i, e := range l.evicted {
		ways = append(ways, fmt.Sprintf("attribute_exists(#entries.#g%d)", i))
		in.ExpressionAttributeNames[fmt.Sprint("#g", i)] = string(e.Conn)
	}
	return sets, removes, strings.Join(ways, " OR ")
}

// beside is how the entry comes to stand beside the others, and those it evicts go.
func (l *listing) beside(in *dynamodb.UpdateItemInput) (sets, removes []string, condition string) {
	in.ExpressionAttributeValues[":entry"] = l.entry()
	sets = []string{"#entries.#own = :entry", "#was = if_not_exists(#entries.#own, :nothing)"}
	condition = "#expires > :now AND "
	const again = "#entries.#own.#listed <= :at OR #entries.#own.#until <= :ms"
	if l.again() && !l.heir() {
		return sets, nil, condition + "#entries.#own.#listed <= :at" +
			" AND (attribute_not_exists(#entries.#own.#until) OR #entries.#own.#until > :ms)"
	}
	if l.heir() {
		in.ExpressionAttributeNames["#instead"] = string(l.terms.Instead)
	}
	if !l.place.IsZero() {
		in.ExpressionAttributeValues[":place"] = num(l.place.UnixMilli())
	} else {
		in.ExpressionAttributeValues[":room"] = num(int64(l.terms.Limit + len(l.evicted)))
	}
	switch {
	case l.instead != nil:
		removes = append(removes, "#entries.#instead")
		condition += "#entries.#instead.#listed = :place" +
			" AND (attribute_not_exists(#entries.#instead.#until) OR #entries.#instead.#until > :ms)" +
			" AND (attribute_not_exists(#entries.#own) OR " + again + ")"
	case !l.place.IsZero():
		condition += "#entries.#own.#listed = :place AND (" + again + ")"
	default:
		condition += "(" + again + " OR (attribute_not_exists(#entries.#own) AND size(#entries) < :room))"
	}
	if l.heir() && l.instead == nil { // nor come meanwhile
		condition += " AND (attribute_not_exists(#entries.#instead) OR #entries.#instead.#until <= :ms)"
	}
	for i, e := range l.evicted {
		at := fmt.Sprint("#entries.#g", i)
		in.ExpressionAttributeNames[fmt.Sprint("#g", i)] = string(e.Conn)
		removes = append(removes, at)
		if e.Until.IsZero() {
			condition += " AND attribute_exists(" + at + ")"
		} else { // and not for longer meanwhile
			condition += fmt.Sprintf(" AND %s.#until = :u%d", at, i)
			in.ExpressionAttributeValues[fmt.Sprint(":u", i)] = num(e.Until.UnixMilli())
		}
	}
	if l.again() {
		return sets, removes, condition
	}
	return sets, removes, "attribute_not_exists(#entries) OR (" + condition + ")"
}

// open is the item of a name that nobody is listed under, or that expired at revision rev.
func (l *listing) open(name directory.Name, rev int64) item {
	it := nameKey(name)
	it["rev"], it["by"], it["expires"] = num(rev+1), str(l.key), expires(l.now)
	it["entries"] = mapWith(string(l.e.Conn), encodeEntry(l.e))
	l.evicted, l.instead, l.place = nil, nil, time.Time{}
	return it
}

// learn takes from an item that refused the entry what that came to, or, if it is not settled, what
// the next attempt needs.
func (l *listing) learn(old item) (listed directory.Listed, refusal error, settled bool) {
	if stringOf(old["by"]) == l.key {
		return l.listed(l.was(old), old, intOf(old["rev"])), nil, true
	}
	own, inTheWay, left := l.look(old)
	switch later := own != nil && own.Listed.After(l.e.Listed) && !own.Over(l.now); {
	case later && l.instead == nil:
		listed := directory.Listed{Already: true, Rev: intOf(old["rev"])}
		if l.terms.Rule == directory.Many {
			listed.After = living(old, l.now)
		}
		return listed, nil, true
	case later:
		l.e = *own // in the other's place
	case l.terms.Rule != directory.Many:
		return directory.Listed{Before: inTheWay}, directory.ErrTaken, true
	case l.terms.Again && l.instead == nil && (own == nil || own.Over(l.now)):
		return directory.Listed{}, directory.ErrNotListed, true
	case own == nil && l.instead == nil && left >= l.terms.Limit:
		return directory.Listed{Before: inTheWay}, directory.ErrFull, true
	}
	return directory.Listed{}, nil, false
}

// look takes from an item what the next attempt needs. It returns what the connection is listed as,
// who else is there to stay, and how many others are left when those have gone who can.
func (l *listing) look(it item) (own *directory.Entry, inTheWay []directory.Entry, left int) {
	l.evicted, l.instead, l.place = nil, nil, time.Time{}
	for _, e := range entriesOf(it["entries"]) {
		switch {
		case e.Conn == l.e.Conn:
			own = &e
			continue
		case e.Over(l.now) || slices.Contains(l.gone, e.Conn) && !l.replaces(e):
			if len(l.evicted) < evictions {
				l.evicted = append(l.evicted, e)
				continue
			}
		case l.replaces(e):
			l.instead, l.place = &e, e.Listed
			continue
		default:
			inTheWay = append(inTheWay, e)
		}
		left++
	}
	if l.heir() && l.instead == nil && own != nil && !own.Over(l.now) {
		l.place = own.Listed
	}
	return own, inTheWay, left
}

func (l *listing) replaces(e directory.Entry) bool { return l.heir() && e.Conn == l.terms.Instead }

// was is what stood in the place of an entry that is written, and of whose writing no answer came.
func (l *listing) was(it item) []directory.Entry {
	before := entriesOf(it["was"])
	if l.terms.Rule == directory.Many {
		before = nil
		if own := mapOf(it["was"]); len(own) > 0 {
			before = append(before, decodeEntry(l.e.Conn, own))
		}
	}
	return slices.DeleteFunc(before, func(e directory.Entry) bool { return !e.Listed.Add(Lifetime).After(l.now) })
}

// listed is what the listing came to, at that revision, where before stood in its place, or in its
// list. The item is as the write found it, or left it.
func (l *listing) listed(before []directory.Entry, it item, rev int64) directory.Listed {
	listed := directory.Listed{Rev: rev}
	if l.terms.Rule == directory.Many {
		listed.After = l.after(it)
	}
	for _, e := range before {
		switch {
		case e.Over(l.now):
		case e.Conn == l.e.Conn:
			listed.Already = true
		case l.terms.Rule != directory.Many:
			listed.Before = append(listed.Before, e)
		}
	}
	if l.instead != nil {
		listed.Before = []directory.Entry{*l.instead}
	}
	return listed
}

// after is who is listed at the revision of the listing.
func (l *listing) after(it item) []directory.Entry {
	entries := item{}
	maps.Copy(entries, mapOf(it["entries"]))
	for _, e := range l.evicted {
		delete(entries, string(e.Conn))
	}
	if l.instead != nil {
		delete(entries, string(l.instead.Conn))
	}
	entries[string(l.e.Conn)] = l.entry()
	after := entriesOf(&types.AttributeValueMemberM{Value: entries})
	return slices.DeleteFunc(after, func(e directory.Entry) bool { return e.Over(l.now) })
}
