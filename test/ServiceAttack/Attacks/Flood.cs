namespace ServiceAttack.Attacks;

/// <summary>Clients that send a body again as soon as they have an answer, whatever it is.</summary>
internal static class Flood
{
    /// <param name="target">What is attacked.</param>
    /// <param name="tally">What becomes of the requests.</param>
    /// <param name="network">Whose addresses the clients have.</param>
    /// <param name="addresses">Number of addresses.</param>
    /// <param name="clients">Clients of each address.</param>
    /// <param name="request">Makes a request of its number.</param>
    /// <param name="end">When to stop.</param>
    public static Task RunAsync(
        Target target, Tally tally, int network, int addresses, int clients, Func<int, HttpRequestMessage> request, CancellationToken end) =>
        Task.WhenAll(Enumerable.Range(1, addresses).Select(async number =>
        {
            using HttpClient client = Loopback.Client(target.Service, Loopback.Address(network, number));
            await Task.WhenAll(Enumerable.Range(0, clients).Select(
                _ => Task.Run(() => LoopAsync(client, tally, request, end), CancellationToken.None)));
        }));

    /// <summary>A picture or a recording, to be classified or inspected.</summary>
    public static HttpRequestMessage Upload(byte[] body, string path = "classify") =>
        new(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };

    private static async Task LoopAsync(HttpClient client, Tally tally, Func<int, HttpRequestMessage> request, CancellationToken end)
    {
        for (int i = 0; !end.IsCancellationRequested; i++)
        {
            using HttpRequestMessage message = request(i);
            tally.AddSent();
            try
            {
                // Not cancelled: each is waited for, so that none is miscounted.
                using HttpResponseMessage response = await client.SendAsync(message, CancellationToken.None);
                tally.Add((int)response.StatusCode);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                tally.Add(null);
            }
        }
    }
}
