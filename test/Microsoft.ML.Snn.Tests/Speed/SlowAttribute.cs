using Xunit.v3;

namespace Microsoft.ML.Snn.Tests.Speed;

/// <summary>
/// A test, or a class of tests, that takes more than about a second: <c>--filter-not-trait "Speed=Slow"</c> leaves it out.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class SlowAttribute : Attribute, ITraitAttribute
{
    public const string Name = "Speed", Value = "Slow";

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new(Name, Value)];
}
