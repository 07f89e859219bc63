// Command app is the CDK app: cdk.json has it run by the CDK's CLI.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/parley-rtc/parley/infra"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	settings, err := infra.FromContext(app)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		jsii.Close()
		os.Exit(1)
	}
	settings.Assets = "build" // what `make build` wrote
	infra.NewStack(app, settings)
	app.Synth(nil)
}
