using System.Net;

namespace StreamCluster.Hosting;

/// <summary>What a host is asked for.</summary>
/// <param name="Model">The zip of the model.</param>
/// <param name="SliceEvents">Events of a slice; null for the model's own slicing, or 1000 where no stream can have it.</param>
/// <param name="WindowSlices">Number of slices that the scores are the mean over; null for all.</param>
/// <param name="SnapshotSlices">Slices after which a stream stores a snapshot.</param>
/// <param name="Redis">Where Redis is; null for a host by itself, with storage in its memory.</param>
/// <param name="Address">Where other hosts and clients reach this one.</param>
/// <param name="Port">The port for other hosts.</param>
/// <param name="GatewayPort">The port for clients.</param>
internal sealed record HostSettings(
    string Model, int? SliceEvents, int? WindowSlices, int SnapshotSlices, string? Redis, IPAddress Address, int Port, int GatewayPort);
