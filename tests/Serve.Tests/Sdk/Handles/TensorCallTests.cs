using Serve.Tensors;
using Serve.Testing;
using Serve.Tests.Core.Wire.Payloads;

namespace Serve.Tests.Sdk.Handles;

/// <summary>Tensors as arguments and results of handle calls: an argument stays the caller's, a result becomes the caller's, and nothing stays rented whatever happens.</summary>
[Collection(TensorMemoryCollection.Name)]
public sealed class TensorCallTests
{
    private readonly long _before = NativeMemoryPool.Shared.RentedBytes;

    public interface IDoubler
    {
        Task<TensorBuffer> DoubleAsync(TensorBuffer tensor, CancellationToken cancellationToken = default);

        Task<TensorBuffer> HoldAsync(TensorBuffer tensor, CancellationToken cancellationToken = default);

        Task<TensorBuffer> ThrowAsync(TensorBuffer tensor);
    }

    [Theory]
    [InlineData(true, 4)]
    [InlineData(true, 2_000_000)]
    [InlineData(false, 4)]
    public async Task Call_WithATensor_BringsOneBack(bool isRemote, int count)
    {
        await using var host = await StartAsync(isRemote);
        using (var tensor = TensorBuffer.Copy<float>(TensorDataType.Float32, [.. Enumerable.Range(0, count)], count))
        {
            using var doubled = await host.Handle<IDoubler>().Remote.DoubleAsync(tensor);
            doubled.AsSpan<float>()[count - 1].ShouldBe(2 * (count - 1));
            tensor.AsSpan<float>()[count - 1].ShouldBe(count - 1, "An argument stays the caller's.");
        }

        await NothingIsRentedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_OfAMethodThatThrows_LeavesNothing(bool isRemote)
    {
        await using var host = await StartAsync(isRemote);
        using (var tensor = TensorBuffer.Rent(TensorDataType.Float32, 100_000))
            await Should.ThrowAsync<RemoteException>(() => host.Handle<IDoubler>().Remote.ThrowAsync(tensor));
        await NothingIsRentedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_ThatIsGivenUp_LeavesNothing(bool isRemote)
    {
        await using var host = await StartAsync(isRemote);
        var doubler = host.Object<Doubler>();
        using (var tensor = TensorBuffer.Rent(TensorDataType.Float32, 100_000))
        {
            using var stop = new CancellationTokenSource();
            var call = host.Handle<IDoubler>().Remote.HoldAsync(tensor, stop.Token);
            await doubler.Entered.Task.WaitAsync(Eventually.Patience);
            await stop.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => call);
        }

        doubler.Go.SetResult();
        await NothingIsRentedAsync();
    }

    private static async Task<HandleHost> StartAsync(bool isRemote)
    {
        var host = new HandleHost(isRemote) { Deployments = [typeof(Doubler)] };
        await host.StartAsync<Doubler>();
        return host;
    }

    private Task NothingIsRentedAsync() => Eventually.TrueAsync(() => NativeMemoryPool.Shared.RentedBytes == _before);

    [Deployment]
    public sealed class Doubler : IDoubler
    {
        public TaskCompletionSource Entered { get; } = new();

        public TaskCompletionSource Go { get; } = new();

        public Task<TensorBuffer> DoubleAsync(TensorBuffer tensor, CancellationToken cancellationToken = default)
        {
            var result = TensorBuffer.Rent(tensor.DataType, tensor.Shape);
            var from = tensor.AsSpan<float>();
            var to = result.AsSpan<float>();
            for (var i = 0; i < to.Length; i++)
                to[i] = 2 * from[i];
            return Task.FromResult(result);
        }

        public async Task<TensorBuffer> HoldAsync(TensorBuffer tensor, CancellationToken cancellationToken = default)
        {
            Entered.SetResult();
            await Go.Task;
            return TensorBuffer.Rent(TensorDataType.Float32, 100_000);
        }

        public Task<TensorBuffer> ThrowAsync(TensorBuffer tensor) => throw new InvalidOperationException("no");
    }
}
