using System.Reflection;

namespace Serve.Replica;

/// <summary>The methods of a user's class.</summary>
internal static class ClassMethods
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>All of them, those of the class before those of its base classes. Private ones of base classes too, which reflection does not show of the derived class.</summary>
    public static IEnumerable<MethodInfo> Of(Type type)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            foreach (var method in at.GetMethods(Own))
                yield return method;
        }
    }

    /// <summary>Makes a delegate of a method of the object's class, static or not.</summary>
    public static TDelegate Bind<TDelegate>(MethodInfo method, object target)
        where TDelegate : Delegate => method.IsStatic ? method.CreateDelegate<TDelegate>() : method.CreateDelegate<TDelegate>(target);
}
