package dynamodb

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

// Item is an item, or a part of one.
type Item = map[string]types.AttributeValue

// GetItemInput says what to read.
type GetItemInput struct {
	TableName      *string
	Key            Item
	ConsistentRead *bool
}

// PutItemInput says what to write.
type PutItemInput struct {
	TableName                           *string
	Item                                Item
	ConditionExpression                 *string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           Item
	ReturnValuesOnConditionCheckFailure types.ReturnValuesOnConditionCheckFailure
}

// UpdateItemInput says what to change.
type UpdateItemInput struct {
	TableName                           *string
	Key                                 Item
	UpdateExpression                    *string
	ConditionExpression                 *string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           Item
	ReturnValues                        types.ReturnValue
	ReturnValuesOnConditionCheckFailure types.ReturnValuesOnConditionCheckFailure
}

// DeleteItemInput says what to delete.
type DeleteItemInput struct {
	TableName                           *string
	Key                                 Item
	ConditionExpression                 *string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           Item
	ReturnValues                        types.ReturnValue
	ReturnValuesOnConditionCheckFailure types.ReturnValuesOnConditionCheckFailure
}

// input writes itself as the SDK writes it. Each asks for the units it uses.
type input interface{ encode(e *encoder) }

func (in *GetItemInput) encode(e *encoder) {
	if in.ConsistentRead != nil {
		e.key("ConsistentRead")
		e.bool(*in.ConsistentRead)
	}
	e.item("Key", in.Key)
	e.units()
	e.optional("TableName", in.TableName)
}

func (in *PutItemInput) encode(e *encoder) {
	e.optional("ConditionExpression", in.ConditionExpression)
	e.names(in.ExpressionAttributeNames)
	e.item("ExpressionAttributeValues", in.ExpressionAttributeValues)
	e.item("Item", in.Item)
	e.units()
	e.choice("ReturnValuesOnConditionCheckFailure", string(in.ReturnValuesOnConditionCheckFailure))
	e.optional("TableName", in.TableName)
}

func (in *UpdateItemInput) encode(e *encoder) {
	e.optional("ConditionExpression", in.ConditionExpression)
	e.names(in.ExpressionAttributeNames)
	e.item("ExpressionAttributeValues", in.ExpressionAttributeValues)
	e.item("Key", in.Key)
	e.units()
	e.choice("ReturnValues", string(in.ReturnValues))
	e.choice("ReturnValuesOnConditionCheckFailure", string(in.ReturnValuesOnConditionCheckFailure))
	e.optional("TableName", in.TableName)
	e.optional("UpdateExpression", in.UpdateExpression)
}

func (in *DeleteItemInput) encode(e *encoder) {
	e.optional("ConditionExpression", in.ConditionExpression)
	e.names(in.ExpressionAttributeNames)
	e.item("ExpressionAttributeValues", in.ExpressionAttributeValues)
	e.item("Key", in.Key)
	e.units()
	e.choice("ReturnValues", string(in.ReturnValues))
	e.choice("ReturnValuesOnConditionCheckFailure", string(in.ReturnValuesOnConditionCheckFailure))
	e.optional("TableName", in.TableName)
}
