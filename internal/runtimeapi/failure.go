package runtimeapi

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"reflect"

	"github.com/aws/aws-lambda-go/lambda/messages"
)

type (
	failure    = messages.InvokeResponse_Error
	stackFrame = messages.InvokeResponse_Error_StackFrame
)

// call returns what a handler makes of an event. After a panic the process is to end.
func call(ctx context.Context, handler Handler, event []byte) (response []byte, failed *failure) {
	defer func() {
		if v := recover(); v != nil {
			failed = describePanic(v)
		}
	}()
	response, err := handler(ctx, event)
	if err != nil {
		return nil, describe(err)
	}
	return response, nil
}

// fail tells the log and Lambda that an event was not answered.
func (l *loop) fail(id string, f *failure) error {
	said, err := json.Marshal(f)
	if err != nil {
		return err // never, of strings and numbers
	}
	log.Printf("%s", said) //nolint:forbidigo // as aws-lambda-go does, in its form
	if err := l.api.post(id, "/error", said, causeOf(f)); err != nil {
		return fmt.Errorf("unexpected error occurred when sending the function error to the API: %w", err)
	}
	return nil
}

// describe returns what Lambda is told of an error.
func describe(err error) *failure {
	if e, ok := err.(failure); ok { //nolint:errorlint // as aws-lambda-go has it: not what it wraps
		return &e
	}
	return &failure{Message: err.Error(), Type: typeName(err)}
}

func typeName(v any) string {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
