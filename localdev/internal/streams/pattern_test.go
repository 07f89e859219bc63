package streams

import (
	"encoding/json"
	"testing"
)

func TestPatterns(t *testing.T) {
	const insert = `{"eventName":"INSERT","dynamodb":{"Keys":{"k":{"S":"user#1"}},"NewImage":{"n":{"N":"42"},"on":{"BOOL":true}}}}`
	for _, tt := range []struct {
		pattern string
		want    bool
	}{
		{`{}`, true},
		{`{"eventName":["INSERT"]}`, true},
		{`{"eventName":["REMOVE","INSERT"]}`, true},
		{`{"eventName":["REMOVE"]}`, false},
		{`{"eventName":["INSERT"],"dynamodb":{"NewImage":{"n":{"N":["41"]}}}}`, false},
		{`{"dynamodb":{"NewImage":{"n":{"N":["42"]}}}}`, true},
		{`{"dynamodb":{"NewImage":{"n":{"N":[{"numeric":[">",41,"<=",42]}]}}}}`, true},
		{`{"dynamodb":{"NewImage":{"n":{"N":[{"numeric":["<",42]}]}}}}`, false},
		{`{"dynamodb":{"NewImage":{"on":{"BOOL":[true]}}}}`, true},
		{`{"dynamodb":{"Keys":{"k":{"S":[{"prefix":"user#"}]}}}}`, true},
		{`{"dynamodb":{"Keys":{"k":{"S":[{"suffix":"#2"}]}}}}`, false},
		{`{"dynamodb":{"Keys":{"k":{"S":[{"equals-ignore-case":"USER#1"}]}}}}`, true},
		{`{"dynamodb":{"Keys":{"k":{"S":[{"anything-but":["user#1"]}]}}}}`, false},
		{`{"dynamodb":{"Keys":{"k":{"S":[{"anything-but":{"prefix":"room#"}}]}}}}`, true},
		{`{"dynamodb":{"OldImage":{"n":{"N":[{"exists":false}]}}}}`, true},
		{`{"dynamodb":{"OldImage":{"n":{"N":[{"exists":true}]}}}}`, false},
		{`{"userIdentity":{"type":["Service"]}}`, false},
		{`{"$or":[{"eventName":["REMOVE"]},{"dynamodb":{"NewImage":{"n":{"N":["42"]}}}}]}`, true},
		{`{"eventName":"INSERT"}`, false},
	} {
		p, err := parsePattern(json.RawMessage(tt.pattern))
		if err != nil {
			t.Fatal(err)
		}
		var event map[string]any
		if err := decode([]byte(insert), &event); err != nil {
			t.Fatal(err)
		}
		if got := p.matches(event); got != tt.want {
			t.Errorf("%s: got %v", tt.pattern, got)
		}
	}
}
