package store

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

// NoteName implements directory.Store with one conditional UpdateItem. The first name of a
// connection takes a second request: an update cannot reach into a map that is not there.
func (s *Store) NoteName(
	ctx context.Context, conn signaling.ConnID, dialect string, name directory.Name, most int, rev int64,
) ([]directory.Name, error) {
	first := false
	var err error
	for range addTries {
		in := noteUpdate(name, most, rev)
		if first {
			in = firstNote(name, rev)
		}
		in.TableName, in.Key = &s.connections, item{"connection": str(string(conn))}
		if dialect != "" {
			in.UpdateExpression = aws.String(*in.UpdateExpression + ", #dialect = if_not_exists(#dialect, :dialect)")
			in.ExpressionAttributeNames["#dialect"] = "dialect"
			in.ExpressionAttributeValues[":dialect"] = str(dialect)
		}
		in.ReturnValues = types.ReturnValueAllNew
		var out *dynamodb.Output
		if out, err = s.update(ctx, in); err == nil {
			return ours(out.Attributes), nil
		}
		old, failed := conditionFailed(err)
		_, noted := mapOf(old["names"])[name.Key()]
		switch {
		case noMap(err):
			first = true
		case !failed:
			return nil, wrap("note the name with the connection", err)
		case len(old) == 0:
			return nil, signaling.ErrGone
		case first: // somebody was faster
			first = false
		case noted: // since later
			return ours(old), nil
		default:
			return nil, directory.ErrTooManyNames
		}
	}
	return nil, wrap("note the name with the connection", err)
}

// ours are the names that are noted with a connection, without those that another release may have
// noted in a form of its own.
func ours(connection item) []directory.Name {
	noted, _ := directory.ParseKeys(namesOf(connection))
	return noted
}

func noteUpdate(name directory.Name, most int, rev int64) *dynamodb.UpdateItemInput {
	in := &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String("SET #names.#name = :rev, #v = :v"),
		ExpressionAttributeNames:  names("#connection", "connection", "#names", "names", "#name", name.Key()),
		ExpressionAttributeValues: item{":rev": num(rev)},
	}
	room := "attribute_not_exists(#names.#name)"
	if most > 0 {
		room += " AND (attribute_not_exists(#names) OR size(#names) < :most)"
		in.ExpressionAttributeValues[":most"] = num(int64(most))
	}
	in.ConditionExpression = aws.String("attribute_exists(#connection) AND (#names.#name <= :rev OR (" + room + "))")
	return in
}

func firstNote(name directory.Name, rev int64) *dynamodb.UpdateItemInput {
	return &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String("SET #names = :names, #v = :v"),
		ConditionExpression:       aws.String("attribute_exists(#connection) AND attribute_not_exists(#names)"),
		ExpressionAttributeNames:  names("#connection", "connection", "#names", "names"),
		ExpressionAttributeValues: item{":names": mapWith(name.Key(), num(rev))},
	}
}

// DropName implements directory.Store with one conditional UpdateItem.
func (s *Store) DropName(ctx context.Context, conn signaling.ConnID, name directory.Name, rev int64) error {
	_, err := s.update(ctx, &dynamodb.UpdateItemInput{
		TableName:                 &s.connections,
		Key:                       item{"connection": str(string(conn))},
		UpdateExpression:          aws.String("SET #v = :v REMOVE #names.#name"),
		ConditionExpression:       aws.String("#names.#name < :rev"),
		ExpressionAttributeNames:  names("#names", "names", "#name", name.Key()),
		ExpressionAttributeValues: item{":rev": num(rev)},
	})
	if _, failed := conditionFailed(err); failed {
		return nil
	}
	return wrap("take the name from the connection", err)
}

// TakeNames implements directory.Store with one conditional UpdateItem.
func (s *Store) TakeNames(ctx context.Context, conn signaling.ConnID) ([]directory.Name, error) {
	out, err := s.update(ctx, &dynamodb.UpdateItemInput{
		TableName:                 &s.connections,
		Key:                       item{"connection": str(string(conn))},
		UpdateExpression:          aws.String("SET #v = :v REMOVE #names"),
		ConditionExpression:       aws.String("attribute_exists(#names)"),
		ExpressionAttributeNames:  names("#names", "names"),
		ExpressionAttributeValues: item{},
		ReturnValues:              types.ReturnValueAllOld,
	})
	if _, failed := conditionFailed(err); failed {
		return nil, nil
	}
	if err != nil {
		return nil, wrap("take the names from the connection", err)
	}
	return directory.ParseKeys(namesOf(out.Attributes))
}

// namesOf returns the keys of the names that are noted with a connection, sorted.
func namesOf(connection item) []string {
	return slices.Sorted(maps.Keys(mapOf(connection["names"])))
}
