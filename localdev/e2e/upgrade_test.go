package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// release is the one before this: what runs on AWS when somebody deploys today's sources.
const release = "testdata/releases/0.1.txtar"

// twoReleases is one API over one pair of tables: a message says itself which release is to handle it, and $connect and
// $disconnect are of the releases named. Clients do not notice: unknown fields are ignored.
const twoReleases = `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: provided.al2023
    Handler: bootstrap
    MemorySize: 256
    Timeout: 10
    Policies:
      - Statement:
          - {Effect: Allow, Action: ["dynamodb:*", "execute-api:*"], Resource: "*"}
    Environment:
      Variables:
        CONNECTIONS_TABLE: !Ref ConnectionsTable
        ROOMS_TABLE: !Ref RoomsTable
        AUTH: none
        HOST: first
        AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: !Sub https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.release
      StageName: prod
      Routes:
        $connect: {FunctionArn: !GetAtt CONNECTConnect.Arn}
        $disconnect: {FunctionArn: !GetAtt DISCONNECTDisconnect.Arn}
        $default: {FunctionArn: !GetAtt NewMessage.Arn}
        old: {FunctionArn: !GetAtt OldMessage.Arn}
  NewConnect: {Type: AWS::Serverless::Function, Properties: {CodeUri: new/connect}}
  NewDisconnect: {Type: AWS::Serverless::Function, Properties: {CodeUri: new/disconnect}}
  NewMessage: {Type: AWS::Serverless::Function, Properties: {CodeUri: new/message}}
  OldConnect: {Type: AWS::Serverless::Function, Properties: {CodeUri: old/connect}}
  OldDisconnect: {Type: AWS::Serverless::Function, Properties: {CodeUri: old/disconnect}}
  OldMessage: {Type: AWS::Serverless::Function, Properties: {CodeUri: old/message}}
  ConnectionsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: connection, AttributeType: S}]
      KeySchema: [{AttributeName: connection, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
  RoomsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: room, AttributeType: S}, {AttributeName: item, AttributeType: S}]
      KeySchema: [{AttributeName: room, KeyType: HASH}, {AttributeName: item, KeyType: RANGE}]
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
`

// bothReleases builds the functions of the release before and of today into a folder, which it returns.
func bothReleases(t *testing.T) string {
	t.Helper()
	archive, err := txtar.ParseFile(release)
	if err != nil {
		t.Fatal(err)
	}
	sources, dir := t.TempDir(), t.TempDir()
	for _, f := range archive.Files {
		path := filepath.Join(sources, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} { // today's: the libraries are not what is tested
		raw, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sources, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{sources: "old", "../..": "new"} {
		for _, name := range []string{"connect", "disconnect", "message"} {
			// As localdev builds them, so that what they have in common is built once.
			cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false",
				"-tags", "lambda.norpc,nethttpomithttp2", "-o", filepath.Join(dir, to, name, "bootstrap"), "./functions/"+name)
			cmd.Dir, cmd.Env = from, append(os.Environ(), "CGO_ENABLED=0")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s %s: %v\n%s", to, name, err, out)
			}
		}
	}
	return dir
}

func TestReleasesWorkOnEachOthersItems(t *testing.T) {
	dir := bothReleases(t)
	for _, connect := range []string{"Old", "New"} {
		for _, disconnect := range []string{"Old", "New"} {
			t.Run(connect+" connects, "+disconnect+" disconnects", func(t *testing.T) {
				path := filepath.Join(dir, connect+disconnect+".yaml")
				text := strings.NewReplacer("DISCONNECTD", disconnect+"D", "CONNECTC", connect+"C").Replace(twoReleases)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				e, err := emulator.Start(context.Background(), emulator.Options{
					Template: path, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
				})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(e.Close)
				s := &stack{ws: e.APIs[0].URL, http: "http://" + e.Addr}
				duringAnUpgrade(t, s, disconnect == "New")
				lobbyDuringAnUpgrade(t, s)
			})
		}
	}
}

// duringAnUpgrade is a call whose every message is handled by either release. What comes of a lost socket is up to the one
// that handles $disconnect: the older frees the seat, and takes one that the newer keeps for taken.
func duringAnUpgrade(t *testing.T, s *stack, keepsSeats bool) {
	releases := []string{"old", "new"}
	names := []string{"alice", "bob", "carol", "dora"}
	peers := map[string]*peer{}
	address := map[string]string{}
	for i, name := range names {
		p := dial(t, s.ws)
		p.send(`{"release":%q,"action":"join","id":"j","room":"r","peer":%q,"data":%q}`, releases[i%2], name, name)
		joined := p.next("joined")
		if len(joined.Peers) != i || joined.Rev != i+1 {
			t.Fatalf("%s joined as %+v", name, joined)
		}
		for _, other := range joined.Peers {
			address[name+other.Peer] = other.Address
			address[other.Peer+name] = peers[other.Peer].next("peer-joined").Address
		}
		peers[name] = p
	}
	n := 0
	for way, to := range address {
		from := names[0]
		for _, name := range names {
			if strings.HasPrefix(way, name) {
				from = name
			}
		}
		target := strings.TrimPrefix(way, from)
		for _, by := range []string{to, ""} { // by address, sealed by either release, and by name
			for _, r := range releases {
				n++
				peers[from].send(`{"release":%q,"action":"signal","id":"s","room":"r","to":%q,"address":%q,"data":%d}`, r, target, by, n)
				peers[from].next("ok")
				if got := peers[target].next("signal"); got.From != from || string(got.Data) != fmt.Sprint(n) {
					t.Fatalf("%s of %s to %s: got %+v", r, from, target, got)
				}
			}
		}
	}
	for i, r := range releases { // who joined by one release changes its data by the other
		peers[names[i]].send(`{"release":%q,"action":"update","id":"u","room":"r","data":"new"}`, releases[1-i])
		peers[names[i]].next("ok")
		for _, name := range names {
			if name != names[i] {
				if got := peers[name].next("peer-updated"); got.Peer != names[i] || string(got.Data) != `"new"` {
					t.Fatalf("%s: got %+v", r, got)
				}
			}
		}
	}
	for i, r := range releases { // and leaves by it
		peers[names[i]].send(`{"release":%q,"action":"leave","id":"l","room":"r"}`, releases[1-i])
		peers[names[i]].next("ok")
		for _, name := range names[i+1:] {
			if got := peers[name].next("peer-left"); got.Peer != names[i] || got.Reason != "left" {
				t.Fatalf("%s: got %+v", r, got)
			}
		}
	}
	peers["dora"].close() // $disconnect finds the seat, whoever gave it
	told, seated := "peer-left", 0
	if keepsSeats {
		told, seated = "peer-lost", 1
	}
	if got := peers["carol"].next(told); got.Peer != "dora" {
		t.Fatalf("got %+v", got)
	}
	for _, r := range releases {
		peers["carol"].send(`{"release":%q,"action":"roster","id":"r","room":"r"}`, r)
		if got := peers["carol"].next("roster"); got.Rev != 9 || len(got.Peers) != seated {
			t.Fatalf("%s: got %+v, want carol and %d lost at revision 9", r, got, seated)
		}
	}
}

// lobbyDuringAnUpgrade has somebody wait for a room in which the release before, which knows no lobby and no seats of a room,
// changes everything that it can change.
func lobbyDuringAnUpgrade(t *testing.T, s *stack) {
	alice, bob, carol := dial(t, s.ws), dial(t, s.ws), dial(t, s.ws)
	alice.send(`{"action":"join","room":"lobby","peer":"alice"}`)
	alice.next("joined")
	alice.send(`{"action":"lock","id":"l","room":"lobby"}`)
	alice.next("ok")
	bob.send(`{"action":"knock","id":"k","room":"lobby","peer":"bob","data":"me"}`)
	bob.next("ok")
	alice.next("knocked")
	carol.send(`{"release":"old","action":"join","room":"lobby","peer":"carol"}`)
	carol.next("joined") // the release before knows no lock either
	alice.next("peer-joined")
	carol.send(`{"release":"old","action":"update","id":"u","room":"lobby","data":1}`)
	carol.next("ok")
	alice.next("peer-updated")
	carol.send(`{"release":"old","action":"leave","id":"l","room":"lobby"}`)
	carol.next("ok")
	alice.next("peer-left")
	bob.send(`{"release":"old","action":"join","room":"another","peer":"bob"}`)
	bob.next("joined")
	alice.send(`{"action":"roster","room":"lobby"}`)
	if got := alice.next("roster"); len(got.Waiting) != 1 || got.Waiting[0].Peer != "bob" || string(got.Waiting[0].Data) != `"me"` {
		t.Fatalf("got %+v, want bob to wait still", got)
	}
	alice.send(`{"action":"admit","room":"lobby","peer":"bob"}`)
	bob.send(`{"action":"join","room":"lobby","pass":%q}`, bob.next("admitted").Pass)
	if got := bob.next("joined"); got.Peer != "bob" {
		t.Fatalf("got %+v", got)
	}
	alice.next("peer-joined")
	// A knock whose end the release before handles is found to be one of nobody.
	dora := dial(t, s.ws)
	dora.send(`{"action":"knock","id":"k","room":"lobby","peer":"dora"}`)
	dora.next("ok")
	alice.next("knocked")
	dora.send(`{"release":"old","action":"leave","id":"l","room":"lobby"}`)
	dora.next("ok")
	alice.quiet()
	alice.send(`{"action":"deny","id":"d","room":"lobby","peer":"dora"}`)
	alice.next("ok")
	dora.next("denied")
}
