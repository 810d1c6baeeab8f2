// Scores the live streams of many event cameras on a cluster of hosts. Each camera's stream is a grain of Orleans: it lives on one host,
// stores a snapshot of its session every few slices, and goes on from it elsewhere when its host ends, with scores that are equal to the
// last bit. First a model, then a host, and in a second terminal simulated cameras:
//
//     dotnet run -c Release --project src/Samples/EventCamera
//     dotnet run -c Release --project src/Samples/StreamCluster -- host --model artifacts/EventCamera/model.zip
//     dotnet run -c Release --project src/Samples/StreamCluster -- load --verify artifacts/EventCamera/model.zip
//
// That host is by itself, and keeps the snapshots in its memory. Hosts that meet in a Redis, on one machine or many, may join and fail:
//
//     redis-server --port 6379
//     dotnet run -c Release --project src/Samples/StreamCluster -- host --model model.zip --redis localhost:6379
//     dotnet run -c Release --project src/Samples/StreamCluster -- host --model model.zip --redis localhost:6379 --port 11112 --gateway-port 30001
//     dotnet run -c Release --project src/Samples/StreamCluster -- load --redis localhost:6379 --verify model.zip
//
// Kill one of the hosts meanwhile: the load reports how long its cameras were without an answer, and still compares every score. On more
// machines, each host says with --address where it is reached. Whoever reaches a host's ports, or the Redis, has all streams: keep them in
// a network of their own.
//
// What a camera and its stream agree on (Messages/): events are numbered from 0. A batch names the number of its first event; what the
// stream has is passed over, and where events are missing none is taken and the answer says which number is expected. The answer has the
// scores of the slices that were completed, and the number below which events are stored in a snapshot: the camera keeps the others, to
// send them again. --help lists all options. Where to look:
//
//     Messages/      what cameras send and are answered
//     Streams/       CameraStream.cs: the rules; CameraGrain.cs: the stream on its host, its snapshots; the model
//     Hosting/       a host: what it takes of Orleans, in memory and with Redis
//     Load/          simulated cameras, and what they measure
//     CommandLine/   the commands and their options

using System.Globalization;
using StreamCluster.CommandLine;

CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
return await ClusterCommand.InvokeAsync(args);
