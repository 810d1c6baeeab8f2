using System.Net;

namespace StreamCluster.Load;

/// <summary>What a load is asked for.</summary>
/// <param name="Redis">The Redis in which the hosts meet; null for a host by itself.</param>
/// <param name="Gateway">Where a host by itself takes clients.</param>
/// <param name="Name">What the cameras' names begin with.</param>
/// <param name="Cameras">Their number.</param>
/// <param name="Events">Events of each camera.</param>
/// <param name="Rate">Events a second of each camera.</param>
/// <param name="Batch">The most events that are sent at once.</param>
/// <param name="Verify">The zip of the model whose scores all others are compared with; null for no comparison.</param>
/// <param name="Patience">How long a camera tries to send a batch.</param>
/// <param name="Seed">Decides all events.</param>
internal sealed record LoadSettings(
    string? Redis, IPEndPoint Gateway, string Name, int Cameras, long Events, double Rate, int Batch, string? Verify, TimeSpan Patience,
    int Seed);
