namespace Grpc.Core;

/// <summary>A service with the handlers of its methods.</summary>
public class ServerServiceDefinition
{
    private readonly IReadOnlyList<Action<ServiceBinderBase>> _methods;

    private ServerServiceDefinition(IReadOnlyList<Action<ServiceBinderBase>> methods)
    {
        _methods = methods;
    }

    /// <summary>Begins one.</summary>
    public static Builder CreateBuilder() => new();

    /// <summary>Tells the methods to who wants to call them.</summary>
    internal void BindService(ServiceBinderBase serviceBinder)
    {
        foreach (var method in _methods)
            method(serviceBinder);
    }

    /// <summary>Gathers methods.</summary>
    public class Builder
    {
        private readonly HashSet<string> _names = new(StringComparer.Ordinal);
        private readonly List<Action<ServiceBinderBase>> _methods = [];

        /// <summary>Adds a method of one message and one.</summary>
        /// <typeparam name="TRequest">What it takes.</typeparam>
        /// <typeparam name="TResponse">What it gives.</typeparam>
        public Builder AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler)
            where TRequest : class
            where TResponse : class => Add(method, binder => binder.AddMethod(method, handler));

        /// <summary>Adds a method of many messages and one.</summary>
        /// <typeparam name="TRequest">What it takes.</typeparam>
        /// <typeparam name="TResponse">What it gives.</typeparam>
        public Builder AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse> handler)
            where TRequest : class
            where TResponse : class => Add(method, binder => binder.AddMethod(method, handler));

        /// <summary>Adds a method of one message and many.</summary>
        /// <typeparam name="TRequest">What it takes.</typeparam>
        /// <typeparam name="TResponse">What it gives.</typeparam>
        public Builder AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse> handler)
            where TRequest : class
            where TResponse : class => Add(method, binder => binder.AddMethod(method, handler));

        /// <summary>Adds a method of many messages and many.</summary>
        /// <typeparam name="TRequest">What it takes.</typeparam>
        /// <typeparam name="TResponse">What it gives.</typeparam>
        public Builder AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse> handler)
            where TRequest : class
            where TResponse : class => Add(method, binder => binder.AddMethod(method, handler));

        /// <summary>Ends it.</summary>
        public ServerServiceDefinition Build() => new([.. _methods]);

        private Builder Add(IMethod method, Action<ServiceBinderBase> bind)
        {
            ArgumentNullException.ThrowIfNull(method);
            if (!_names.Add(method.FullName))
                throw new ArgumentException($"The method '{method.FullName}' was added before.", nameof(method));
            _methods.Add(bind);
            return this;
        }
    }
}
