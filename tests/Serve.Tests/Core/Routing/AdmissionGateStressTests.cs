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
    public async Task RunQuiesced_BetweenManyRequests_IsAlwaysAlone()
    {
        await RunAsync(tasks: 12, async number =>
        {
            for (var i = 0; i < 100; i++)
            {
                if (number == 0)
                    await _gate.RunQuiescedAsync(BeAloneAsync, CancellationToken.None);
                else if (await EnterAsync())
                    await StayAsync();
            }
        });
        _wasDisturbed.ShouldBeFalse();
        _most.ShouldBeLessThanOrEqualTo(Limit);
        _gate.Ongoing.ShouldBe(0);
    }

    [Fact]
    public async Task Close_WhileRequestsComeAndGo_CompletesWhenTheLastHasLeft()
    {
        var started = new TaskCompletionSource();
        var requests = RunAsync(tasks: Limit, async _ =>
        {
            while (await EnterAsync())
            {
                await StayAsync();
                started.TrySetResult();
            }
        });
        await started.Task;
        await _gate.CloseAsync().WaitAsync(Eventually.Patience);
        _gate.Ongoing.ShouldBe(0);
        await requests;
    }

    /// <summary>Asks again when there is room, as a router does.</summary>
    /// <returns>False where the gate is closed.</returns>
    private async Task<bool> EnterAsync()
    {
        while (true)
        {
            var room = new Room();
            var admission = _gate.TryEnter(room);
            if (admission != Admission.Full)
                return admission == Admission.Entered;
            await room.Task;
        }
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

    private sealed class Room() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IRoomListener
    {
        public void OnRoom() => TrySetResult();
    }
}
