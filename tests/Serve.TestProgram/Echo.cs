using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;

namespace Serve.TestProgram;

/// <summary>What the ingress calls.</summary>
public interface IEcho
{
    Task<Reply> EchoAsync(string text, CancellationToken cancellationToken);

    ValueTask<float[]> DoubleAsync(float[] values, CancellationToken cancellationToken);

    Task<Tensor<byte>> InvertAsync(Tensor<byte> image);

    Task FailAsync(string message);

    Task WaitAsync(double seconds, CancellationToken cancellationToken);

    IAsyncEnumerable<int> CountAsync(int count, int failAt, CancellationToken cancellationToken);
}

public sealed record Reply(string Text, string Suffix, int ProcessId);

public sealed record EchoConfig(string Suffix, bool IsBad);

/// <summary>Answers calls, and misbehaves on request.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 20, HealthCheckPeriodSeconds = 0.2, HealthCheckTimeoutSeconds = 1, GracefulShutdownTimeoutSeconds = 10)]
public sealed class Echo : IEcho, IReconfigure<EchoConfig>, ICheckHealth, IAsyncDisposable
{
    private string _suffix = "";

    public Echo(IOptions<TestArgs> args, ILogger<Echo> logger)
    {
        var options = args.Value;
        logger.LogInformation("constructing with '{Constructor}'", options.Constructor);
        if (options.FailWhileExists.Length > 0 && File.Exists(options.FailWhileExists))
            throw new InvalidOperationException($"{options.FailWhileExists} is in the way");
        switch (options.Constructor)
        {
            case "throw":
                throw new InvalidOperationException("the model file is missing");
            case "hang":
                new ManualResetEventSlim().Wait();
                break;
            case "exit":
                Environment.Exit(7);
                break;
        }
    }

    /// <summary>Set by <c>GET /sicken</c> in the same process.</summary>
    public static bool IsSick { get; set; }

    public Task ReconfigureAsync(EchoConfig userConfig, CancellationToken cancellationToken)
    {
        if (userConfig.IsBad)
            throw new InvalidOperationException("a bad config");
        _suffix = userConfig.Suffix;
        return Task.CompletedTask;
    }

    public Task CheckHealthAsync(CancellationToken cancellationToken) => IsSick ? throw new InvalidOperationException("I am not well") : Task.CompletedTask;

    public Task<Reply> EchoAsync(string text, CancellationToken cancellationToken)
    {
        if (text == "sicken")
            IsSick = true;
        return Task.FromResult(new Reply(text, _suffix, Environment.ProcessId));
    }

    public ValueTask<float[]> DoubleAsync(float[] values, CancellationToken cancellationToken) => ValueTask.FromResult(Array.ConvertAll(values, value => value * 2));

    public Task<Tensor<byte>> InvertAsync(Tensor<byte> image)
    {
        foreach (ref var value in image.Span)
            value = (byte)~value;
        return Task.FromResult(image);
    }

    public Task FailAsync(string message) => throw new FormatException(message);

    public Task WaitAsync(double seconds, CancellationToken cancellationToken) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, cancellationToken);

    public async IAsyncEnumerable<int> CountAsync(int count, int failAt, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < count; i++)
        {
            if (i == failAt)
                throw new FormatException($"failed at {i}");
            await Task.Yield();
            yield return i;
        }
    }

    public ValueTask DisposeAsync()
    {
        Console.WriteLine("echo is disposed");
        return ValueTask.CompletedTask;
    }
}
