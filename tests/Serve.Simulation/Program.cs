// The control plane in simulation:
//   dotnet run --project tests/Serve.Simulation -c Release -- --seeds 10000              seeds 0 to 9999, all faults
//   dotnet run --project tests/Serve.Simulation -c Release -- --from 17 --seeds 1 --trace   one seed, every step
//   dotnet run --project tests/Serve.Simulation -c Release -- --plant FreeEarly          with a bug put in on purpose
//   dotnet run --project tests/Serve.Simulation -c Release -- scale                      what a step costs in a large cluster
//   dotnet run --project tests/Serve.Simulation -c Release -- autoscaling                how policies follow loads, side by side; a path writes the table
//   dotnet run --project tests/Serve.Simulation -c Release -- flapping                   2,000 replicas up and down under requests
using Serve.Simulation;
using Serve.Simulation.Autoscaling;
using Serve.Simulation.Flapping;
using Serve.Simulation.Scale;

try
{
    return args switch
    {
        ["scale", .. var rest] => await ScaleReport.RunAsync(rest),
        ["autoscaling", .. var rest] => AutoscalingReport.Run(rest),
        ["flapping"] => FlappingReport.Run(),
        _ => SeedReport.Run(SimulationOptions.Parse(args)),
    };
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
