using System.Diagnostics;
using System.Reflection;
using Xunit.v3;

[assembly: Microsoft.ML.Snn.Tests.Speed.WarnOfSlowTests]

namespace Microsoft.ML.Snn.Tests.Speed;

/// <summary>Warns of a test that is slow and not marked so. No test fails for its time: that is the machine's.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class WarnOfSlowTestsAttribute : BeforeAfterTestAttribute
{
    private const string _started = "Started";
    // Well above what a test may take that is not marked, since machines are busy.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(5);

    public override void Before(MethodInfo methodUnderTest, IXunitTest test) =>
        TestContext.Current.KeyValueStorage[Key(test)] = Stopwatch.GetTimestamp();

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (!TestContext.Current.KeyValueStorage.TryRemove(Key(test), out object? started))
            return;
        TimeSpan taken = Stopwatch.GetElapsedTime((long)started!);
        bool isMarked = test.Traits.TryGetValue(SlowAttribute.Name, out IReadOnlyCollection<string>? values)
            && values.Contains(SlowAttribute.Value);
        if (taken > _limit && !isMarked)
            TestContext.Current.AddWarning($"This test took {taken.TotalSeconds:F0} seconds: mark it [Slow], so that the fast set stays fast.");
    }

    private static string Key(IXunitTest test) => $"{_started} {test.UniqueID}";
}
