using Serve.Onnx.Tests.Repository;
using Serve.Testing;

namespace Serve.Onnx.Tests.Running;

/// <summary>A runner of one of the test models with a configuration of the test's.</summary>
internal sealed class RunnerFixture : IAsyncDisposable
{
    private readonly RepositoryFixture _fixture = new();
    private ModelUse _use;

    public ModelRunner Runner { get; private set; } = null!;

    public static async Task<RunnerFixture> CreateAsync(string model, string config, Func<TimeProvider, TimeProvider>? clock = null)
    {
        var fixture = new RunnerFixture();
        fixture._fixture.Put($"{model}/1/model.onnx", model);
        fixture._fixture.Write($"{model}/config.pbtxt", config);
        var repository = await fixture._fixture.OpenAsync();
        fixture._use = repository.Use(model);
        fixture.Runner = new ModelRunner(fixture._use.Model, clock?.Invoke(fixture._fixture.Clock) ?? fixture._fixture.Clock);
        return fixture;
    }

    public void Advance(TimeSpan time) => _fixture.Clock.Advance(time);

    /// <summary>Squares rows of four of the same number.</summary>
    public async Task<float[]> SquareAsync(params float[] values)
    {
        using var input = TensorBuffer.Copy<float>(TensorDataType.Float32, [.. values.SelectMany(value => Enumerable.Repeat(value, 4))], values.Length, 4);
        using var outputs = await Runner.RunAsync(new ModelCall { Inputs = [new("a", input)] });
        outputs["squared"].Shape.ToArray().ShouldBe([values.Length, 4]);
        return [.. outputs["squared"].AsSpan<float>().ToArray().Where((_, index) => index % 4 == 3)];
    }

    /// <summary>Runs so many steps in one row, and says who else was in the batch: their steps, in their order.</summary>
    public async Task<long[]> KeepCompanyAsync(long steps, long priority = 0, CancellationToken cancellationToken = default)
    {
        using var input = TensorBuffer.Copy<long>(TensorDataType.Int64, [steps], 1, 1);
        using var outputs = await Runner.RunAsync(new ModelCall { Inputs = [new("steps", input)], Priority = priority }, cancellationToken);
        return outputs["seen"].AsSpan<long>().ToArray();
    }

    /// <summary>Keeps the only instance busy until the call is cancelled.</summary>
    public async Task<Task> BlockAsync(CancellationToken cancellationToken)
    {
        var block = KeepCompanyAsync(long.MaxValue, cancellationToken: cancellationToken);
        await Eventually.TrueAsync(() => Runner.Statistics.Queue.Count == 1);
        return block;
    }

    /// <summary>Counts to a number: as long as one likes.</summary>
    public async Task<long> CountAsync(long to, CancellationToken cancellationToken = default)
    {
        using var input = TensorBuffer.Copy<long>(TensorDataType.Int64, [to]);
        using var outputs = await Runner.RunAsync(new ModelCall { Inputs = [new("count", input)] }, cancellationToken);
        return outputs["total"].AsSpan<long>()[0];
    }

    public async ValueTask DisposeAsync()
    {
        _use.Dispose();
        await _fixture.DisposeAsync();
    }
}
