using Microsoft.ML.Snn.Tests.Speed;
using ServiceAttack;

namespace Samples.Tests.WebService;

/// <summary>The program test/ServiceAttack in small: the service in a process of its own, with the limits that it has by default.</summary>
public sealed class SiegeTests(TrainedModel trained, TrainedEventModel events)
{
    [Slow]
    [Fact]
    public async Task A_good_client_gets_every_answer_while_others_attack()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The attackers' addresses are those that the loopback has on Linux.");
        Siege siege = await Siege.RunAsync(trained.Path, events.Path, AttackPlan.Small);
        Assert.True(siege.IsWithstood, siege.ToTable());
    }
}
