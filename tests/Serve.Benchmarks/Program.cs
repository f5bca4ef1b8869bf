// Nanoseconds and bytes of the hot path:
//   dotnet run -c Release --project tests/Serve.Benchmarks              all benchmarks (BenchmarkDotNet's options follow)
//   dotnet run -c Release --project tests/Serve.Benchmarks -- budgets   bytes of each case against budgets.json
//   dotnet run -c Release --project tests/Serve.Benchmarks -- picks     slots per second that one router gives out
//   dotnet run -c Release --project tests/Serve.Benchmarks -- placement microseconds to place a replica on 1,000 nodes
//   dotnet run -c Release --project tests/Serve.Benchmarks -- hop [seconds] [rounds] [bytes] [callers]   calls per second over the hop, against HTTP/2
using BenchmarkDotNet.Running;
using Serve.Benchmarks;

if (args is ["picks"])
{
    PickBenchmark.Run();
    return 0;
}

if (args is ["placement"])
{
    PlacementBenchmark.Run();
    return 0;
}

if (args is [HopBenchmark.PeerVerb, var folder])
{
    await HopPeer.RunAsync(folder);
    return 0;
}

if (args is ["hop", ..])
{
    await HopBenchmark.RunAsync(
        args.Length > 1 ? double.Parse(args[1]) : 2,
        args.Length > 2 ? int.Parse(args[2]) : 3,
        args.Length > 3 ? [int.Parse(args[3])] : [256, 64 * 1024],
        args.Length > 4 ? [int.Parse(args[4])] : [1, 32, 256]);
    return 0;
}

if (args is not ["budgets"])
{
    BenchmarkSwitcher.FromAssembly(typeof(CaseBenchmarks).Assembly).Run(args);
    return 0;
}

var budgets = ByteBudgets.Read();
var isOver = false;
foreach (var subject in WatchedCase.All())
{
    await using (subject)
    {
        var bytes = await ByteBudgets.MeasureAsync(subject);
        var budget = budgets.GetValueOrDefault(subject.Name);
        isOver |= bytes > budget;
        Console.WriteLine($"{subject.Name,-20} {bytes,8} B of {budget,8} B{(bytes > budget ? "  OVER" : "")}");
    }
}

return isOver ? 1 : 0;
