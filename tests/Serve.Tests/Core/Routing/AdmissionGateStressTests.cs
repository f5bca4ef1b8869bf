using Serve.Routing;
using Serve.Testing;

namespace Serve.Tests.Core.Routing;

public sealed class AdmissionGateStressTests
{
    private const int Limit = 3;

    private readonly AdmissionGate _gate = new(Limit);
    private readonly Lock _lock = new();
    private int _inside;
    private int _most;
    private bool _isQuiesced;
    private bool _wasDisturbed;

    [Fact]
    public async Task Enter_ManyTasks_LimitIsExactAndAllFinish()
    {
        await RunAsync(tasks: 32, async _ =>
        {
            for (var i = 0; i < 200; i++)
            {
                if (_gate.TryEnter() || await _gate.EnterAsync(maxQueued: -1, CancellationToken.None))
                    await StayAsync();
            }
        });
        _most.ShouldBe(Limit);
        (_gate.Ongoing, _gate.Waiting).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Enter_CancelledAtAnyMoment_LosesNoRoom()
    {
        await RunAsync(tasks: 16, async seed =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 300; i++)
            {
                using var cancellation = new CancellationTokenSource();
                var entering = _gate.EnterAsync(maxQueued: -1, cancellation.Token).AsTask();
                var cancelling = random.Next(2) == 0 ? Task.Run(cancellation.Cancel) : Task.CompletedTask;
                try
                {
                    if (await entering)
                        await StayAsync();
                }
                catch (OperationCanceledException)
                {
                }

                await cancelling;
            }
        });
        _most.ShouldBeLessThanOrEqualTo(Limit);
        (_gate.Ongoing, _gate.Waiting).ShouldBe((0, 0));
    }

    [Fact]
    public async Task RunQuiesced_BetweenManyRequests_IsAlwaysAlone()
    {
        await RunAsync(tasks: 12, async number =>
        {
            for (var i = 0; i < 100; i++)
            {
                if (number == 0)
                    await _gate.RunQuiescedAsync(BeAloneAsync, CancellationToken.None);
                else if (await _gate.EnterAsync(maxQueued: -1, CancellationToken.None))
                    await StayAsync();
            }
        });
        _wasDisturbed.ShouldBeFalse();
        (_gate.Ongoing, _gate.Waiting).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Close_WhileRequestsComeAndGo_CompletesWhenTheLastHasLeft()
    {
        var turnedAway = 0;
        var started = new TaskCompletionSource();
        var requests = RunAsync(tasks: 16, async _ =>
        {
            while (await _gate.EnterAsync(maxQueued: -1, CancellationToken.None))
            {
                await StayAsync();
                started.TrySetResult();
            }

            Interlocked.Increment(ref turnedAway);
        });
        await started.Task;
        await _gate.CloseAsync().WaitAsync(Eventually.Patience);
        _gate.Ongoing.ShouldBe(0);
        await requests;
        turnedAway.ShouldBe(16);
    }

    private async Task StayAsync()
    {
        lock (_lock)
        {
            _most = Math.Max(_most, ++_inside);
            _wasDisturbed |= _isQuiesced;
        }

        await Task.Yield();
        lock (_lock)
            _inside--;
        _gate.Exit();
    }

    private async Task<bool> BeAloneAsync()
    {
        lock (_lock)
            (_isQuiesced, _wasDisturbed) = (true, _wasDisturbed || _inside > 0);
        await Task.Yield();
        lock (_lock)
            _isQuiesced = false;
        return true;
    }

    private static Task RunAsync(int tasks, Func<int, Task> action) =>
        Task.WhenAll(Enumerable.Range(0, tasks).Select(number => Task.Run(() => action(number)))).WaitAsync(Eventually.Patience);
}
