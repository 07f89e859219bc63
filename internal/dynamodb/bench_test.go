package dynamodb_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/dynamodb"
)

// still answers all with one item.
type still struct{}

func (still) Do(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	body := []byte(`{"Item":{"room":{"S":"r"},"peers":{"M":{"alice":{"M":{"connection":{"S":"R1kmxc2VNjMCFIA="},"joined":{"N":"1"}}}}}}}`)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}, nil
}

// BenchmarkGetItem is a reading of a room but for the network, by the SDK's client and by ours.
func BenchmarkGetItem(b *testing.B) {
	table, key := aws.String("t"), dynamodb.Item{}
	us, them := ours(still{}), theirs(still{})
	for name, read := range map[string]func() error{
		"sdk": func() error {
			_, err := them.GetItem(b.Context(), &sdk.GetItemInput{TableName: table, Key: key})
			return err
		},
		"ours": func() error {
			_, err := us.GetItem(b.Context(), &dynamodb.GetItemInput{TableName: table, Key: key})
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
