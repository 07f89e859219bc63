package server

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// placeholder stands in an argument for binary data.
type placeholder struct {
	Is  bool `json:"_placeholder"`
	Num *int `json:"num"`
}

// decode decodes one argument. What a client sent is in no error, as those are for the log.
func decode(raw json.RawMessage, attachments []string, into any) error {
	if data, ok := into.(*[]byte); ok {
		return decodeBinary(raw, attachments, data)
	}
	value := reflect.ValueOf(into)
	if value.Kind() != reflect.Pointer || value.IsNil() {
		return fmt.Errorf("nothing can be decoded into a %T: want a pointer", into)
	}
	if string(raw) == "null" {
		switch value.Elem().Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		default:
			return fmt.Errorf("it is null and no %s", value.Elem().Type())
		}
	}
	if json.Unmarshal(raw, into) != nil {
		return fmt.Errorf("it is no %s", value.Elem().Type())
	}
	return nil
}

func decodeBinary(raw json.RawMessage, attachments []string, into *[]byte) error {
	var p placeholder
	if json.Unmarshal(raw, &p) != nil || !p.Is || p.Num == nil || *p.Num < 0 || *p.Num >= len(attachments) {
		return errors.New("it is no binary data")
	}
	data, err := base64.StdEncoding.DecodeString(attachments[*p.Num])
	if err != nil {
		return errors.New("its binary data is no base64")
	}
	*into = data
	return nil
}

// pack encodes the arguments of an event. Those of the event that is handled may be among them, with
// their attachments.
func (c *Client) pack(args []any) ([]json.RawMessage, []string, error) {
	list := make([]json.RawMessage, len(args))
	var attachments []string
	if c.event != nil {
		attachments = slices.Clone(c.event.Attachments)
	}
	used := false
	for i, arg := range args {
		if data, ok := arg.([]byte); ok {
			num := len(attachments)
			attachments = append(attachments, base64.StdEncoding.EncodeToString(data))
			arg, used = placeholder{true, &num}, true
		}
		raw, err := encode(arg)
		if err != nil {
			return nil, nil, fmt.Errorf("argument %d: %w", i, err)
		}
		list[i] = raw
		used = used || bytes.Contains(raw, []byte(`"_placeholder"`))
	}
	if !used {
		attachments = nil
	}
	return list, attachments, nil
}

func decodeMembers(data map[string]json.RawMessage, into any) error {
	raw, err := encode(data)
	if err != nil {
		return err
	}
	if json.Unmarshal(raw, into) != nil {
		return fmt.Errorf("the data is no %T", into)
	}
	return nil
}

// encode is json.Marshal that leaves < > & as they are.
func encode(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode a %T: %w", v, err)
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}
