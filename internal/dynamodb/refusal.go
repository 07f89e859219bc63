package dynamodb

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/restjson"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/parley-rtc/parley/internal/jsonscan"
)

// refusal is the error that an answer tells of, whose header may say which.
func refusal(kind string, body []byte) error {
	var code, message string
	var text *string // nil where there is none
	var item Item    // that failed a condition
	if len(bytes.TrimSpace(body)) > 0 {
		d := newDecoder(body)
		for d.Enter('{'); d.Next('}'); {
			switch name := string(d.name()); {
			case d.null():
			case name == "__type":
				kind = cmp.Or(kind, d.Text())
			case strings.EqualFold(name, "code"):
				code, _ = jsonscan.Text(d.Skip()) // which may be a number
			case strings.EqualFold(name, "message"):
				message = d.Text()
				text = &message
			case name == "Item":
				item = d.item()
			default:
				d.Skip()
			}
		}
		if !d.end() {
			return undecodable(body)
		}
	}
	code = cmp.Or(restjson.SanitizeErrorCode(cmp.Or(kind, code)), "UnknownError")
	switch strings.ToLower(code) {
	case "conditionalcheckfailedexception":
		return &types.ConditionalCheckFailedException{Message: text, Item: item}
	case "internalservererror":
		return &types.InternalServerError{Message: text}
	case "itemcollectionsizelimitexceededexception":
		return &types.ItemCollectionSizeLimitExceededException{Message: text}
	case "provisionedthroughputexceededexception":
		return &types.ProvisionedThroughputExceededException{Message: text}
	case "replicatedwriteconflictexception":
		return &types.ReplicatedWriteConflictException{Message: text}
	case "requestlimitexceeded":
		return &types.RequestLimitExceeded{Message: text}
	case "resourcenotfoundexception":
		return &types.ResourceNotFoundException{Message: text}
	case "throttlingexception":
		return &types.ThrottlingException{Message: text}
	case "transactionconflictexception":
		return &types.TransactionConflictException{Message: text}
	}
	return &smithy.GenericAPIError{Code: code, Message: cmp.Or(message, "UnknownError")}
}
