package infra_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/jsii-runtime-go"

	"github.com/parley-rtc/parley/infra"
)

// As docs/deploy.md has it.
func TestTheFrontDoorTakesANameOfOnesOwn(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "cdk.out")
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &folder, AnalyticsReporting: jsii.Bool(false)})
	stack := awscdk.NewStack(app, jsii.String("Parley"), nil)
	signaling := infra.NewSignaling(stack, "Signaling", infra.Props{Auth: infra.AuthNone, FrontDoor: true, Assets: assets(t)})
	front := signaling.FrontDoor.Node().DefaultChild().(awscloudfront.CfnDistribution)
	front.AddPropertyOverride(jsii.String("DistributionConfig.Aliases"), []string{"peer.example.org"})
	front.AddPropertyOverride(jsii.String("DistributionConfig.ViewerCertificate"), map[string]string{
		"AcmCertificateArn": "arn:aws:acm:us-east-1:1:certificate/x", "SslSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021",
	})
	app.Synth(nil)
	f := read(t, written(t, folder), nil)
	if got := f["frontdoordistribution.Aliases"]; got != "<peer.example.org>" {
		t.Errorf("got the names %s", got)
	}
	if got := f["frontdoordistribution.ViewerCertificate"]; got != fmt.Sprint(map[string]string{
		"AcmCertificateArn": "arn:aws:acm:us-east-1:1:certificate/x", "SslSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021",
	}) {
		t.Errorf("got the certificate %s", got)
	}
}
