package dynamodb_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"

	"github.com/parley-rtc/parley/internal/dynamodb"
)

// urls keeps where requests go, and answers none.
type urls struct{ last string }

func (u *urls) Do(r *http.Request) (*http.Response, error) {
	u.last = r.Method + " " + r.URL.String()
	return nil, &smithy.CanceledError{}
}

// TestEndpointsAreTheSDKs of each partition, with what future regions may be called.
func TestEndpointsAreTheSDKs(t *testing.T) {
	table := aws.String("t")
	key := dynamodb.Item{}
	for _, at := range []struct{ region, endpoint string }{
		{"us-east-1", ""},
		{"us-west-2", ""},
		{"eu-central-1", ""},
		{"eu-west-3", ""},
		{"ap-southeast-7", ""},
		{"sa-east-1", ""},
		{"ca-west-1", ""},
		{"me-central-1", ""},
		{"af-south-1", ""},
		{"il-central-1", ""},
		{"mx-central-1", ""},
		{"eu-north-9", ""},
		{"us-gov-east-1", ""},
		{"us-gov-west-1", ""},
		{"cn-north-1", ""},
		{"cn-northwest-1", ""},
		{"cn-south-2", ""},
		{"eusc-de-east-1", ""},
		{"eusc-de-west-2", ""},
		{"us-iso-east-1", ""},
		{"us-iso-west-1", ""},
		{"us-isob-east-1", ""},
		{"us-isob-west-1", ""},
		{"us-isof-south-1", ""},
		{"us-isof-east-1", ""},
		{"eu-isoe-west-1", ""},
		{"xx-new-1", ""},
		{"", ""},
		{"a/b", ""},
		{"us-east-1", "http://127.0.0.1:8000"},
		{"us-east-1", "http://127.0.0.1:8000/"},
		{"us-east-1", "https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com"},
		{"us-east-1", "http://h/a"},
		{"us-east-1", "http://h/a/"},
		{"us-east-1", "http://h/a%20b%2Fc"},
		{"us-east-1", "http://h//a"},
		{"us-east-1", "http://h/a%2Fb/"},
		{"us-east-1", "http://a b/"},
		{"us-east-1", "http://a_b/"},
		{"us-east-1", "http://h:99999/"},
	} {
		client := &urls{}
		o := sdk.Options{Region: at.region, Credentials: identity, HTTPClient: client}
		if at.endpoint != "" {
			o.BaseEndpoint = &at.endpoint
		}
		_, err := sdk.New(o).GetItem(t.Context(), &sdk.GetItemInput{TableName: table, Key: key})
		want := client.last
		client.last = ""
		_, ourErr := dynamodb.New(dynamodb.Options{
			Endpoint: at.endpoint, Region: at.region, Credentials: identity, HTTPClient: client,
		}).GetItem(t.Context(), &dynamodb.GetItemInput{TableName: table, Key: key})
		if client.last != want {
			t.Errorf("%v: asked %q (%v), and the SDK %q (%v)", at, client.last, ourErr, want, err)
		}
	}
}
