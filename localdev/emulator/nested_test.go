package emulator_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// A template of nothing but nested stacks runs as the whole that it is: one has the table, the
// other the API.
func TestNestedStacks(t *testing.T) {
	t.Parallel()
	w := start(t, func(o *emulator.Options) { o.Template = "testdata/nested/template.yaml" })
	c := w.dial("")
	c.send(`{}`)
	type answer struct{ Name, Table string }
	got := decode[answer](t, c.text())
	if want := (answer{"localdev-Chat-Function", "localdev-Data-Table"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := w.dynamodb().DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String(got.Table)}); err != nil {
		t.Error(err)
	}
}
