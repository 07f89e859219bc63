package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
)

func main() {
	var b bot
	url := flag.String("url", "ws://127.0.0.1:3000/prod", "of the service")
	room := flag.String("room", "tea", "the room's name")
	flag.StringVar(&b.name, "name", "bot", "its own name")
	video := flag.String("video", "", "an IVF file of VP8 (required)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := b.run(ctx, *url, *room, *video); err != nil {
		slog.Error("the bot ends", "err", err)
		os.Exit(1)
	}
}

// bot is somebody in a call.
type bot struct {
	name  string
	video *video
	room  *parley.Room
	links map[string]*link
}

func (b *bot) run(ctx context.Context, url, room, file string) (err error) {
	if b.video, err = openVideo(file); err != nil {
		return err
	}
	opt := &parley.Options{}
	if token := os.Getenv("PARLEY_TOKEN"); token != "" {
		opt.Token = parley.StaticToken(token)
	}
	conn, err := parley.Dial(ctx, url, opt)
	if err != nil {
		return err
	}
	defer conn.Close()
	b.room, err = conn.Join(ctx, room, &parley.JoinOptions{Name: b.name, Knock: true})
	if err != nil {
		return err
	}
	slog.Info("joined", "room", room, "as", b.room.Self())
	b.links = map[string]*link{}
	for event := range b.room.Events(ctx) {
		b.take(event)
	}
	for _, l := range b.links {
		l.close()
	}
	goodbye, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	b.room.Leave(goodbye)
	return b.room.Err()
}

func (b *bot) take(event parley.Event) {
	switch e := event.(type) {
	case parley.PeerJoined:
		b.leave(e.Peer.Name) // whose successor this is
		b.links[e.Peer.Name] = newLink(b, e.Peer.Name, e.Before)
	case parley.PeerLeft:
		b.leave(e.Name)
	case parley.Signal:
		if l := b.links[e.From]; l != nil {
			l.receive(e.Data)
		}
	case parley.Trouble:
		slog.Warn("trouble", "err", e.Err)
	}
}

func (b *bot) leave(peer string) {
	if l := b.links[peer]; l != nil {
		l.close()
		delete(b.links, peer)
	}
}
