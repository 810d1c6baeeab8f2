// Attacks the sample WebApp as strangers might, and tells what a good client notices of it. Everything stays on this machine: the service is a
// process that this program starts, and the attackers are addresses of the loopback (127.0.1.1 and so on), which Linux has.
//
//     dotnet run -c Release --project src/Samples/TrainAndScore        once: makes the model of pictures
//     dotnet run -c Release --project src/Samples/EventCamera          once: makes the model of recordings
//     dotnet run -c Release --project test/ServiceAttack               some five minutes; other models: -- pictures.zip recordings.zip

using System.Globalization;
using ServiceAttack;

CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
string[] models = args is [] ? ["artifacts/TrainAndScore/model.zip", "artifacts/EventCamera/model.zip"] : args;
if (models.Length != 2 || !models.All(File.Exists))
{
    Console.Error.WriteLine(models.Length == 2
        ? $"There is no '{models.First(model => !File.Exists(model))}': make it with the sample TrainAndScore or EventCamera, or name another."
        : "Usage: [pictures.zip recordings.zip]");
    return 2;
}
if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("The attackers' addresses are those that the loopback has on Linux.");
    return 2;
}
Siege siege = await Siege.RunAsync(models[0], models[1], AttackPlan.Full);
Console.Write(siege.ToTable());
return siege.IsWithstood ? 0 : 1;
