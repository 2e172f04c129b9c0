// varlink_client ADDRESS: a client as somebody else would write one, in Go, with what
// varlink-go-interface-generator makes of org.fettle.varlink. Tells in JSON lines what it learned;
// see varlink_clients.py.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"time"

	"github.com/varlink/go/varlink"
	"orgfettle"
)

func tell(what string, value interface{}) {
	err := json.NewEncoder(os.Stdout).Encode(map[string]interface{}{what: value})
	if err != nil {
		log.Fatal(err)
	}
}

func check(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}

func info(ctx context.Context, c *varlink.Connection) {
	var vendor, product, version, url string
	var interfaces []string
	check("GetInfo", c.GetInfo(ctx, &vendor, &product, &version, &url, &interfaces))
	tell("info", []interface{}{vendor, product, version, url, interfaces})
	description, err := c.GetInterfaceDescription(ctx, "org.fettle")
	check("GetInterfaceDescription", err)
	tell("description", description)
}

func calls(ctx context.Context, c *varlink.Connection) {
	_, pid, _, _, active, _, connections, _, _, last, err := orgfettle.GetStatus().Call(ctx, c)
	check("GetStatus", err)
	tell("status", []interface{}{pid, active, connections, last})
	profiles, err := orgfettle.ListProfiles().Call(ctx, c)
	check("ListProfiles", err)
	tell("profiles", profiles)
	profile := "tiny"
	report, _, err := orgfettle.Audit().Call(ctx, c, &profile, nil)
	check("Audit", err)
	tell("report", report)
	_, _, _, _, _, _, _, _, _, last, err = orgfettle.GetStatus().Call(ctx, c)
	check("GetStatus", err)
	tell("last", last)
}

func errorsAreTyped(ctx context.Context, c *varlink.Connection) {
	var missing *orgfettle.NoSuchProfile
	_, err := orgfettle.ShowProfile().Call(ctx, c, "tinny")
	if !errors.As(err, &missing) {
		log.Fatalf("ShowProfile: %T %v", err, err)
	}
	tell("missing", []interface{}{missing.Name, missing.Nearest})
	var refused *orgfettle.Refused
	_, _, err = orgfettle.Probe().Call(ctx, c, "nonesuch", nil, nil, nil)
	if !errors.As(err, &refused) {
		log.Fatalf("Probe: %T %v", err, err)
	}
	tell("refused", refused.Code)
	var parameter *varlink.InvalidParameter
	_, _, err = orgfettle.Audit().Call(ctx, c, nil, new(int64))
	check("Audit, once", err)
	tooLong := int64(30001)
	_, _, err = orgfettle.Audit().Call(ctx, c, nil, &tooLong)
	if !errors.As(err, &parameter) {
		log.Fatalf("Audit: %T %v", err, err)
	}
	tell("parameter", parameter.Parameter)
}

func replies(ctx context.Context, c *varlink.Connection) {
	receive, err := orgfettle.Probe().Send(ctx, c, varlink.More, "transports", nil, nil, nil)
	check("Probe", err)
	progress := 0
	for {
		told, result, flags, err := receive(ctx)
		check("Probe", err)
		if flags&varlink.Continues == 0 {
			tell("progress", progress)
			tell("result", result)
			return
		}
		if told == nil || result != nil {
			log.Fatalf("a reply that goes on with %s and %s", told, result)
		}
		progress++
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	c, err := varlink.NewConnection(ctx, os.Args[1])
	check("connect", err)
	defer c.Close()
	info(ctx, c)
	calls(ctx, c)
	errorsAreTyped(ctx, c)
	replies(ctx, c)
}
