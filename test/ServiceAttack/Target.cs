namespace ServiceAttack;

/// <summary>What is attacked.</summary>
/// <param name="Service">Its address.</param>
/// <param name="Model">The file of its model of pictures.</param>
/// <param name="Picture">A sound picture.</param>
/// <param name="Plan">How hard to attack.</param>
internal sealed record Target(Uri Service, string Model, byte[] Picture, AttackPlan Plan);
