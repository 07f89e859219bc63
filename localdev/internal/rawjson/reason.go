package rawjson

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
)

// Reason says in JSON's own words why encoding/json could not read something: it names types of Go.
func Reason(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is of type %s", cmp.Or(wrong.Field, "it"), wrong.Value)
	}
	return err
}
