using System.Runtime.CompilerServices;

namespace Serve.Testing;

/// <summary>Waits for conditions that other threads or processes bring about.</summary>
public static class Eventually
{
    /// <summary>Long enough for a loaded machine; a condition that comes true ends the wait at once.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public static Task TrueAsync(Func<bool> condition, TimeSpan? patience = null, [CallerArgumentExpression(nameof(condition))] string text = "") =>
        TrueAsync(() => Task.FromResult(condition()), patience, text);

    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan? patience = null, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > (patience ?? Patience))
                throw new TimeoutException($"This did not come true in time: {text}");
            await Task.Delay(Interval, TimeProvider.System);
        }
    }

    /// <summary>Waits for a value that is not null.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T?>> get, TimeSpan? patience = null, [CallerArgumentExpression(nameof(get))] string text = "")
        where T : class
    {
        T? value = null;
        await TrueAsync(async () => (value = await get()) is not null, patience, text);
        return value!;
    }
}
