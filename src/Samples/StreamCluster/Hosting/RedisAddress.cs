using StackExchange.Redis;

namespace StreamCluster.Hosting;

/// <summary>Where Redis is, tried before any work begins.</summary>
internal static class RedisAddress
{
    /// <param name="address">host:port, or all that StackExchange.Redis takes in a text.</param>
    /// <param name="useAsync">What is done with it at once; null for nothing.</param>
    /// <exception cref="UserException">It is no address, or no Redis answers there.</exception>
    public static async Task<ConfigurationOptions> CheckAsync(string address, Func<IDatabase, Task>? useAsync = null)
    {
        ConfigurationOptions options;
        try
        {
            options = ConfigurationOptions.Parse(address);
        }
        catch (ArgumentException e)
        {
            throw new UserException($"--redis '{address}' is no address: {e.Message}", e);
        }
        if (options.EndPoints.Count == 0)
            throw new UserException($"--redis '{address}' names no host: give host:port.");
        try
        {
            await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
            IDatabase database = connection.GetDatabase();
            await database.PingAsync();
            if (useAsync is not null)
                await useAsync(database);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            throw new UserException(
                $"No Redis answers at '{address}': start one with 'redis-server --port <port>', or name another with --redis.", e);
        }
        // Orleans' own connections wait for a Redis that is away for a while.
        options.AbortOnConnectFail = false;
        return options;
    }
}
