// The control plane in simulation:
//   dotnet run --project tests/Serve.Simulation -c Release -- --seeds 10000              seeds 0 to 9999, all faults
//   dotnet run --project tests/Serve.Simulation -c Release -- --from 17 --seeds 1 --trace   one seed, every step
//   dotnet run --project tests/Serve.Simulation -c Release -- --plant FreeEarly          with a bug put in on purpose
using Serve.Simulation;

try
{
    return SeedReport.Run(SimulationOptions.Parse(args));
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
