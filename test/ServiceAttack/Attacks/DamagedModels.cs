namespace ServiceAttack.Attacks;

/// <summary>Replaces the model's file by damaged ones, and by the sound one between, while requests come in.</summary>
internal static class DamagedModels
{
    private static readonly TimeSpan _each = TimeSpan.FromMilliseconds(250);

    public static async Task RunAsync(Target target, Tally tally, CancellationToken end)
    {
        byte[] sound = await File.ReadAllBytesAsync(target.Model, CancellationToken.None);
        Task load = Flood.RunAsync(target, tally, network: 8, addresses: 2, clients: 2, _ => Flood.Upload(target.Picture), end);
        var random = new Random(1);
        for (int i = 0; !end.IsCancellationRequested; i++)
        {
            await File.WriteAllBytesAsync(target.Model, i % 5 == 4 ? sound : Damage(sound, i % 5, random), CancellationToken.None);
            await Task.Delay(_each, CancellationToken.None);
        }
        await File.WriteAllBytesAsync(target.Model, sound, CancellationToken.None);
        await load;
    }

    private static byte[] Damage(byte[] sound, int kind, Random random)
    {
        switch (kind)
        {
            case 0:
                return [];
            case 1:
                return sound[..random.Next(1, sound.Length)];
            case 2:
                return "This is no model."u8.ToArray();
            default:
                byte[] changed = [.. sound];
                for (int i = 0; i < 20; i++)
                    changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
                return changed;
        }
    }
}
