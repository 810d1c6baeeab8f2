using System.Diagnostics;
using System.Net;

namespace Microsoft.ML.Snn.Benchmarks.Service;

/// <summary>What clients saw of a service within a time.</summary>
/// <param name="RequestsPerSecond">Pictures answered a second.</param>
/// <param name="Median">Median milliseconds from sending a picture to having its answer.</param>
/// <param name="NinetyNinth">The time that 99 of 100 answers keep to.</param>
/// <param name="Answered">Pictures that were classified.</param>
/// <param name="Refused">Pictures that were sent away: 429 or 503.</param>
/// <param name="Failed">Requests that ended in any other way.</param>
internal sealed record LoadResult(double RequestsPerSecond, double Median, double NinetyNinth, int Answered, int Refused, int Failed);

/// <summary>Clients in closed loop: each sends its next picture when it has the answer to the one before.</summary>
internal static class LoadClient
{
    private static readonly TimeSpan _leadIn = TimeSpan.FromSeconds(0.5), _afterRefusal = TimeSpan.FromSeconds(0.1);

    /// <param name="service">The service to call.</param>
    /// <param name="pictures">The files to send, over and over.</param>
    /// <param name="clients">Number of clients.</param>
    /// <param name="time">How long to measure, after a short while in which all of them get going.</param>
    public static async Task<LoadResult> RunAsync(HttpClient service, byte[][] pictures, int clients, TimeSpan time)
    {
        long begin = Stopwatch.GetTimestamp() + (long)(_leadIn.TotalSeconds * Stopwatch.Frequency);
        long end = begin + (long)(time.TotalSeconds * Stopwatch.Frequency);
        Tally[] tallies = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => LoopAsync(client))));

        double[] latencies = [.. tallies.SelectMany(tally => tally.Latencies).Order()];
        return new(
            latencies.Length / time.TotalSeconds, Percentile(0.5), Percentile(0.99), latencies.Length, tallies.Sum(tally => tally.Refused),
            tallies.Sum(tally => tally.Failed));

        async Task<Tally> LoopAsync(int client)
        {
            var tally = new Tally();
            for (int i = client; ; i++)
            {
                long sent = Stopwatch.GetTimestamp();
                HttpStatusCode? status = await SendAsync(service, pictures[i % pictures.Length]);
                long received = Stopwatch.GetTimestamp();
                if (received >= end)
                    return tally;
                bool counts = received >= begin;
                switch (status)
                {
                    case HttpStatusCode.OK when counts:
                        tally.Latencies.Add(Stopwatch.GetElapsedTime(sent, received).TotalMilliseconds);
                        break;
                    case HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable:
                        tally.Refused += counts ? 1 : 0;
                        await Task.Delay(_afterRefusal);
                        break;
                    case not HttpStatusCode.OK:
                        tally.Failed += counts ? 1 : 0;
                        break;
                }
            }
        }

        // Nearest rank.
        double Percentile(double share) =>
            latencies.Length == 0 ? double.NaN : latencies[(int)Math.Ceiling(share * latencies.Length) - 1];
    }

    /// <returns>The answer's status once all of it is here; null where the connection broke.</returns>
    private static async Task<HttpStatusCode?> SendAsync(HttpClient service, byte[] picture)
    {
        try
        {
            using var body = new ByteArrayContent(picture);
            using HttpResponseMessage response = await service.PostAsync("classify", body);
            return response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    private sealed class Tally
    {
        public List<double> Latencies { get; } = [];

        public int Refused { get; set; }

        public int Failed { get; set; }
    }
}
