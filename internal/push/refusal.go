package push

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/restjson"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/parley-rtc/parley/internal/signaling"
)

// deserialize reads an answer, of which all that counts is what was refused and why.
func deserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	out, metadata, err = next.HandleDeserialize(ctx, in)
	if err != nil {
		return out, metadata, err
	}
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if !ok {
		return out, metadata, &smithy.DeserializationError{Err: fmt.Errorf("unknown transport type %T", out.RawResponse)}
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		return out, metadata, &smithy.DeserializationError{Err: fmt.Errorf("failed to read response body, %w", err)}
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		err = refusal(response.Header.Get("X-Amzn-ErrorType"), body)
	}
	return out, metadata, err
}

// refusal is the error that a field and a body tell of.
func refusal(kind string, body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	code, message, err := restjson.GetErrorInfo(decoder)
	if err != nil {
		return &smithy.DeserializationError{Err: fmt.Errorf("failed to decode response body, %w", err), Snapshot: body}
	}
	code = cmp.Or(restjson.SanitizeErrorCode(cmp.Or(kind, code)), "UnknownError")
	return &smithy.GenericAPIError{Code: code, Message: cmp.Or(message, "UnknownError")}
}

// goneOr says of a call that fails what was called.
func goneOr(doing string, err error) error {
	if err == nil {
		return nil
	}
	if refused, ok := errors.AsType[*smithy.GenericAPIError](err); ok && refused.Code == goneException {
		return signaling.ErrGone
	}
	return fmt.Errorf("%s: %w", doing, err)
}
