// Measures on small networks what the paper on STBP-tdBN says of its own, and draws it beside theory: figures, their numbers, a report.
//
//     dotnet run -c Release --project src/Samples/PaperFigures -- --data cifar10
//
// takes less than an hour on two cores; --quick a minute. cifar10 is a folder with cifar10-train.zip and cifar10-test.zip, a folder of
// PNG files for each class in each; without it the sample draws its pictures itself. Canceled or killed, it goes on
// where it was. --help lists all options. Where to look:
//
//     Theory/                    what follows from the paper's equations
//     Figures/                   a class for each figure: what is measured, beside which theory, and what is seen
//     Networks/                  the product's network, and one of torch operations for what the product has not
//     Measurements/, Results/    gradients, training, counting; what was computed is kept
//     Plots/                     curves with bands, bars, readable in gray
//
// It sees the library's internals, which an app of yours cannot: what the library measures for everyone is in its training diagnostics.

using System.Globalization;
using PaperFigures.CommandLine;

// Numbers are read and written the same way everywhere.
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
return await SampleCommand.InvokeAsync(args);
