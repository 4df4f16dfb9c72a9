//! Spans of the crate tracing around the steps of the work. Without the feature `tracing` nothing is
//! left of them. Their names and fields are listed in `interop::tracing`.

/// Opens a span of a level with a name and fields, and enters it until what this gives is dropped.
#[cfg(feature = "tracing")]
macro_rules! entered {
    ($level:ident, $($name_and_fields:tt)*) => {
        ::tracing::span!(target: "cogwork", ::tracing::Level::$level, $($name_and_fields)*).entered()
    };
}

#[cfg(not(feature = "tracing"))]
macro_rules! entered {
    ($($nothing:tt)*) => {
        $crate::trace::Nothing
    };
}

pub(crate) use entered;

/// What is left of a span.
#[cfg(not(feature = "tracing"))]
pub(crate) struct Nothing;

/// The span that a thread is in, to be entered by those that work for it.
pub(crate) struct Parent {
    #[cfg(feature = "tracing")]
    span: ::tracing::Span,
}

#[cfg(feature = "tracing")]
impl Parent {
    pub(crate) fn here() -> Self {
        let span = ::tracing::Span::current();
        Parent { span }
    }

    /// Enters the span until what this gives is dropped.
    pub(crate) fn enter(&self) -> ::tracing::span::Entered<'_> {
        self.span.enter()
    }
}

#[cfg(not(feature = "tracing"))]
impl Parent {
    pub(crate) fn here() -> Self {
        Parent {}
    }

    pub(crate) fn enter(&self) -> Nothing {
        Nothing
    }
}
